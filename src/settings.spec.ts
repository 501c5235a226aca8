import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from './contracts/errors.js';
import { DEFAULT_EXTRACTION_LIMITS } from './contracts/pipeline.js';
import { parsePasswordHash, verifyPassword } from './modules/auth/password-hash.js';
import { loadSettings, withGeneratedAdmin } from './settings.js';

const HASH = 'scrypt:1024:8:1:c2FsdHNhbHRzYWx0c2Fs:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=';

describe('loadSettings', () => {
  let folder: string;
  const file = (content: string): NodeJS.ProcessEnv => {
    const name = join(folder, 'guides.yaml');
    writeFileSync(name, content);
    return { GUIDES_CONFIG: name };
  };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'guides-settings-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('has a complete and secure default for everything', () => {
    const settings = loadSettings({ DATA_DIR: folder });
    expect(settings).toMatchObject({
      databaseUrl: `sqlite:${folder}/guides.sqlite`,
      http: { host: '127.0.0.1', port: 4502, maxBodyBytes: 1_048_576 },
      blobs: { folder: join(folder, 'blobs'), maxInlineBytes: 65_536 },
      mounts: { '/content': 'jcr' },
      users: [],
      history: { limit: 50 },
    });
    expect(settings.processing.limits).toEqual(DEFAULT_EXTRACTION_LIMITS);
  });

  it('lets the file override the default and the environment override the file', () => {
    const env = file('http: { port: 1111, host: 0.0.0.0 }\nmounts: { /content/dam/: database }\nprocessing: { batchSize: 7 }\n');
    const settings = loadSettings({ ...env, PORT: '2222', SCHEDULE_ENABLED: 'false' });
    expect(settings.http).toMatchObject({ host: '0.0.0.0', port: 2222, maxBodyBytes: 1_048_576 });
    expect(settings.mounts).toEqual({ '/content/dam': 'database' });
    expect(settings.processing.batchSize).toBe(7);
    expect(settings.schedule.enabled).toBe(false);
  });

  it.each([
    ['an unknown setting', 'processing: { batchSise: 1 }', /guides\.yaml: processing\.batchSise is not a setting/],
    ['a mistyped number', 'processing: { batchSize: many }', /guides\.yaml: processing\.batchSize must be a whole number/],
    ['a number out of range', 'http: { port: 70000 }', /http\.port must be a whole number from 0 to 65535/],
    ['a section that is none', 'http: 5', /guides\.yaml: http must be a mapping/],
    ['a path that is not absolute', 'schedule: { path: content }', /schedule\.path is not usable: The path must be absolute/],
    ['a cron expression that is none', "schedule: { cron: '61 * * * *' }", /schedule\.cron is not usable/],
    ['a pattern that does not compile', "processing: { ignoredPaths: ['regex:('] }", /processing\.ignoredPaths\[0\] is not usable/],
    ['headers that may arrive later than the request', 'http: { connections: { headersTimeoutMs: 40000 } }', /http\.connections is not usable: headersTimeoutMs must/],
    ['an unknown level of the log', 'log: { level: chatty }', /log\.level must be one of fatal, error,/],
    ['an unknown provider', 'mounts: { /content: files }', /mounts\.\/content must be one of jcr, database/],
    ['a password in clear', 'users: [{ name: a, password: secret, roles: [viewer] }]', /users\[0\]\.password is not a setting/],
    ['a hash that is none', 'users: [{ name: a, passwordHash: secret, roles: [viewer] }]', /users\[0\]\.passwordHash is not usable/],
    ['an unknown role', `users: [{ name: a, passwordHash: '${HASH}', roles: [root] }]`, /users\[0\]\.roles\[0\] must be one of/],
    ['a user twice', `users: [{ name: a, passwordHash: '${HASH}', roles: [viewer] }, { name: a, passwordHash: '${HASH}', roles: [viewer] }]`, /twice/],
    ['two sources of keys', 'jwt: { keyFile: a, jwksFile: b, issuer: i, audience: a }', /jwt is not usable: only one of keyFile, jwksFile and jwksUrl may be set/],
    ['a key for tokens of anybody', 'jwt: { keyFile: a, issuer: i }', /jwt is not usable: with a key, issuer and audience must be set too/],
    ['a public key that could be taken for a secret', 'jwt: { keyFile: a, issuer: i, audience: a, algorithms: [RS256, HS256] }', /algorithms must be all of HMAC \(HS…\) or none/],
    ['secrets in a set of public keys', 'jwt: { jwksFile: a, issuer: i, audience: a, algorithms: [HS256] }', /HMAC algorithms need keyFile/],
    ['an algorithm that signs nothing', 'jwt: { algorithms: [none] }', /jwt\.algorithms\[0\] must be one of/],
    ['a JWKS that is no URL', "jwt: { jwksUrl: 'file:///etc/keys' }", /jwt\.jwksUrl must be an http\(s\) URL/],
    ['a port of the metrics that is none', 'metrics: { port: -1 }', /metrics\.port must be a whole number from 0 to 65535/],
    ['a webhook without a secret', "events: { webhooks: [{ url: 'https://a' }] }", /events\.webhooks\[0\] is not usable: it needs exactly one of secret and secretFile/],
    ['the secret itself in the place of its name', "events: { webhooks: [{ url: 'https://a', secret: abc }] }", /events\.webhooks\[0\]\.secret must be env:NAME/],
    ['a webhook that signs in', "events: { webhooks: [{ url: 'https://a:b@c', secret: 'env:A' }] }", /events\.webhooks\[0\]\.url must be a URL like https:/],
    ['two webhooks of one name', "events: { webhooks: [{ url: 'https://a', secret: 'env:A' }, { url: 'https://a', secret: 'env:A' }] }", /the name "a-\w{8}" is there twice/],
    ['an unknown event', "events: { webhooks: [{ url: 'https://a', secret: 'env:A', events: [all] }] }", /webhooks\[0\]\.events\[0\] must be one of com\/adobe/],
    ['a webhook for events that are not switched on', "events: { webhooks: [{ url: 'https://a', secret: 'env:A', events: [com/adobe/guides/postprocess/complete] }] }", /which firePostProcessingEvents: true must switch on/],
    ['text that is no YAML', 'http: [', /guides\.yaml: /],
    ['a list', '- 1', /must be a mapping/],
  ])('refuses %s, naming setting and file', (_what, content, message) => {
    const load = () => loadSettings(file(content));
    expect(load).toThrow(ConfigurationError);
    expect(load).toThrow(message);
  });

  it('never repeats a secret in a message', () => {
    expect(() => loadSettings(file('users: [{ name: a, passwordHash: topsecret, roles: [viewer] }]'))).not.toThrow(/topsecret/);
    expect(() => loadSettings({ REDIS_URL: 'redys://:topsecret@db' })).toThrow(/^(?!.*topsecret)/);
  });

  it.each([
    [{ PORT: 'http' }, /environment variable PORT: http\.port must be a whole number/],
    [{ GUIDES_CONFIG: '/nowhere/guides.yaml' }, /there is no such configuration file/],
    [{ ROLE: 'boss' }, /environment variable ROLE: role must be one of all, api, worker/],
    [{ REDIS_URL: 'localhost:6379' }, /environment variable REDIS_URL: redis\.url must be a URL like redis:\/\/host:port or rediss:/],
    [{ REDIS_KEY_PREFIX: 'a:b' }, /environment variable REDIS_KEY_PREFIX: redis\.keyPrefix must be 1 to 64 letters/],
    [{ BLOB_STORE: 's3' }, /blobs is not usable: with the store s3, s3\.bucket must be set/],
    [{ S3_ENDPOINT: 'minio' }, /environment variable S3_ENDPOINT: blobs\.s3\.endpoint must be a URL like http/],
  ])('refuses %j', (env, message) => {
    expect(() => loadSettings(env)).toThrow(message);
  });

  it('takes an empty variable for one that is not set', () => {
    expect(loadSettings({ PORT: '', ADMIN_PASSWORD: '', ROLE: '', REDIS_URL: '' })).toMatchObject({ http: { port: 4502 }, users: [] });
  });

  it('makes the operator admin of ADMIN_PASSWORD and keeps only its hash', async () => {
    const { users } = loadSettings({ ADMIN_PASSWORD: 'grün' });
    expect(users).toEqual([expect.objectContaining({ name: 'admin', roles: ['operator'], pathPrefixes: null })]);
    expect(JSON.stringify(users)).not.toContain('grün');
    await expect(verifyPassword('grün', parsePasswordHash(users[0]?.passwordHash ?? ''))).resolves.toBe(true);
  });
});

describe('withGeneratedAdmin', () => {
  it('makes up a password where there is no user, another one each time', () => {
    const [one, two] = [withGeneratedAdmin(loadSettings({})), withGeneratedAdmin(loadSettings({}))];
    expect(one.settings.users.map((user) => user.name)).toEqual(['admin']);
    expect(one.password).toMatch(/^[\w-]{24}$/);
    expect(one.password).not.toBe(two.password);
  });

  it('leaves configured users alone', () => {
    const settings = loadSettings({ ADMIN_PASSWORD: 'x' });
    expect(withGeneratedAdmin(settings)).toEqual({ settings, password: null });
  });
});
