import { ConfigurationError } from '../../contracts/errors.js';
import { PathRules } from './path-rules.js';

describe('path rules', () => {
  const rules = new PathRules(
    ['/content/dam', '/content/dam/projects/keep', 'regex:/content/dam/secret/.*\\.public\\.dita', '/content/dam/both', 'regex:.*/clash\\.dita'],
    ['/content/dam/projects', '/content/dam/projects/keep/tmp', '/content/dam/secret', '/content/dam/both', 'regex:.*/clash\\.dita', 'regex:.*\\.bak'],
  );

  it.each([
    ['/content/dam/a.dita', true],
    ['/content/other/a.dita', false],
    ['/content/dam/projects/a.dita', false],
    ['/content/dam/projects/keep/deep/a.dita', true],
    ['/content/dam/projects/keep/tmp/a.dita', false],
    ['/content/dam/projectsX/a.dita', true],
    ['/content/dam/both/a.dita', false],
    ['/content/dam/secret/a.dita', false],
    ['/content/dam/secret/a.public.dita', true],
    ['/content/dam/x/clash.dita', false],
    ['/content/dam/x/old.bak', false],
    ['/content/dam/x/old.bak2', true],
  ])('%s → %s', (path, expected) => {
    expect(rules.allows(path)).toBe(expected);
  });

  it('enables everything below /', () => {
    expect(new PathRules(['/'], []).allows('/a')).toBe(true);
  });

  it('refuses a pattern that is no regular expression, naming the setting', () => {
    expect(() => new PathRules(['regex:('], [])).toThrow(ConfigurationError);
    expect(() => new PathRules([], ['regex:('])).toThrow(/ignoredPaths/);
  });
});
