import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from '../../contracts/errors.js';
import { webhookSecret } from './webhook-secret.js';

const SECRET = 'sixteen characters';
const hook = { url: 'https://a', name: 'a' };

describe('the secret of a webhook', () => {
  it('is in the environment, or in a file without the newline at its end', () => {
    const folder = mkdtempSync(join(tmpdir(), 'guides-secret-'));
    writeFileSync(join(folder, 'secret'), `${SECRET}\n`);
    expect(webhookSecret({ ...hook, secret: 'env:HOOK' }, { HOOK: SECRET })).toBe(SECRET);
    expect(webhookSecret({ ...hook, secretFile: join(folder, 'secret') })).toBe(SECRET);
    rmSync(folder, { recursive: true });
  });

  it.each([
    [{ secret: 'env:HOOK' }, {}, 'events.webhooks, "a": there is no secret in env:HOOK.'],
    [{ secret: 'env:HOOK' }, { HOOK: 'short' }, 'events.webhooks, "a": the secret in env:HOOK has fewer than 16 characters.'],
    [{ secretFile: '/nowhere/secret' }, {}, 'events.webhooks, "a": the file /nowhere/secret cannot be read.'],
  ])('stops the start when it is missing or too short, and is never shown: %j %j', (place, env, message) => {
    const read = (): string => webhookSecret({ ...hook, ...place }, env);
    expect(read).toThrow(ConfigurationError);
    expect(read).toThrow(message);
  });
});
