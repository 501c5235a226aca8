import { ConfigurationError } from './errors.js';
import { loadOptional } from './optional-package.js';

describe('a package that only some set-ups need', () => {
  it('is named, with the way to get it, when it is missing', async () => {
    // As a variable, so that nothing looks for it before the test runs.
    const name = 'guides-no-such-package';
    const loading = loadOptional('The setting x', () => import(name));
    await expect(loading).rejects.toThrow(ConfigurationError);
    await expect(loading).rejects.toThrow('The setting x needs the package "guides-no-such-package", which is not installed: npm install guides-no-such-package');
  });

  it('passes on what else goes wrong, and what is found', async () => {
    await expect(loadOptional('x', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await expect(loadOptional('x', () => Promise.resolve(1))).resolves.toBe(1);
  });
});
