import type { HeadersLike } from '../../contracts/auth.js';
import { TooManySignInsError } from './auth-errors.js';
import { BasicAuthenticator } from './basic-authenticator.js';
import { DerivationGate } from './derivation-gate.js';
import * as passwords from './password-hash.js';

const CHEAP = { n: 1024, r: 8, p: 1 };
const basic = (credentials: string, scheme = 'Basic'): HeadersLike => ({
  headers: { authorization: `${scheme} ${Buffer.from(credentials).toString('base64')}` },
});
const raw = (authorization: string): HeadersLike => ({ headers: { authorization } });
const user = (name: string, password: string, cost = CHEAP) => ({
  name,
  passwordHash: passwords.hashPasswordSync(password, cost),
  roles: ['viewer' as const],
  pathPrefixes: null,
});

describe('BasicAuthenticator', () => {
  const derivations = jest.fn(passwords.verifyPassword);
  const authenticatorOf = (configured: ReturnType<typeof user>[]) => new BasicAuthenticator(configured, derivations);
  beforeEach(() => {
    derivations.mockClear();
  });

  const users = [user('alice', 'se:cret'), user('jürgen', 'grün 🌲')];

  it.each([
    ['a colon in the password', basic('alice:se:cret'), 'alice'],
    ['UTF-8', basic('jürgen:grün 🌲'), 'jürgen'],
    ['another normalisation of the same text', basic('jürgen:grün 🌲'.normalize('NFD')), 'jürgen'],
    ['a scheme in other case', basic('alice:se:cret', 'bAsIc'), 'alice'],
  ])('knows a user with %s', async (_what, request, name) => {
    await expect(authenticatorOf(users).authenticate(request)).resolves.toMatchObject({ name });
  });

  it.each([
    ['a wrong password', basic('alice:wrong')],
    ['an unknown user', basic('nobody:se:cret')],
    ['no colon', basic('alice')],
    ['an empty password', basic('alice:')],
    ['nothing after the scheme', raw('Basic')],
    ['text that is no base64', raw('Basic %%%')],
    ['bytes that are no UTF-8', raw(`Basic ${Buffer.from([0x61, 0x3a, 0xff]).toString('base64')}`)],
    ['two credentials', raw('Basic YTpi Yzpk')],
    ['no scheme', raw('YWxpY2U6c2U6Y3JldA==')],
    ['a repeated header', { headers: { authorization: ['Basic YTpi', 'Basic YTpi'] } }],
    ['a name of Object.prototype', basic('__proto__:x')],
  ])('takes one derivation, as for any other, to refuse %s', async (_what, request) => {
    await expect(authenticatorOf(users).authenticate(request)).resolves.toBeNull();
    expect(derivations).toHaveBeenCalledTimes(1);
  });

  it('takes the same derivations for every user where hashes of different cost are in use', async () => {
    const mixed = [...users, user('carol', 'x', { n: 2048, r: 8, p: 1 })];
    for (const credentials of ['alice:wrong', 'carol:wrong', 'nobody:wrong']) {
      derivations.mockClear();
      await expect(authenticatorOf(mixed).authenticate(basic(credentials))).resolves.toBeNull();
      expect(derivations.mock.calls.map(([, hash]) => hash.n).sort()).toEqual([1024, 2048]);
    }
    await expect(authenticatorOf(mixed).authenticate(basic('carol:x'))).resolves.toMatchObject({ name: 'carol' });
  });

  it('leaves requests without credentials, and those of another scheme, to others', async () => {
    const authenticator = authenticatorOf(users);
    await expect(authenticator.authenticate({ headers: {} })).resolves.toBeNull();
    await expect(authenticator.authenticate(raw('Bearer abc.def.ghi'))).resolves.toBeNull();
    expect(derivations).not.toHaveBeenCalled();
  });

  it('derives once for credentials that come again, also at the same moment', async () => {
    const authenticator = authenticatorOf(users);
    const request = basic('alice:se:cret');
    await Promise.all([authenticator.authenticate(request), authenticator.authenticate(request)]);
    await authenticator.authenticate(request);
    expect(derivations).toHaveBeenCalledTimes(1);
  });

  it('lets nobody in where no user is configured', async () => {
    await expect(authenticatorOf([]).authenticate(basic('admin:admin'))).resolves.toBeNull();
  });
});

describe('DerivationGate', () => {
  it('runs few at once, in order, and refuses when too many wait', async () => {
    const gate = new DerivationGate(1, 1);
    const started: string[] = [];
    let finish = () => {};
    const first = gate.run(() => {
      started.push('first');
      return new Promise<void>((resolve) => {
        finish = resolve;
      });
    });
    const second = gate.run(() => Promise.resolve(started.push('second')));
    await expect(gate.run(() => Promise.resolve())).rejects.toThrow(TooManySignInsError);
    expect(started).toEqual(['first']);
    finish();
    await Promise.all([first, second]);
    await gate.run(() => Promise.resolve(started.push('third')));
    expect(started).toEqual(['first', 'second', 'third']);
  });
});

describe('parsePasswordHash', () => {
  it.each([
    ['nothing', ''],
    ['another scheme', 'bcrypt:1024:8:1:c2FsdHNhbHQ=:MDEyMzQ1Njc4OTAxMjM0NTY3ODkw'],
    ['an N that is no power of two', 'scrypt:1000:8:1:c2FsdHNhbHQ=:MDEyMzQ1Njc4OTAxMjM0NTY3ODkw'],
    ['a cost that takes all memory', 'scrypt:8388608:8:1:c2FsdHNhbHQ=:MDEyMzQ1Njc4OTAxMjM0NTY3ODkw'],
    ['a key too short', 'scrypt:1024:8:1:c2FsdHNhbHQ=:MDEy'],
  ])('refuses %s', (_what, text) => {
    expect(() => passwords.parsePasswordHash(text)).toThrow('scrypt:N:r:p:salt:hash');
  });

  it('reads what was written', async () => {
    const hash = passwords.parsePasswordHash(passwords.hashPasswordSync('x', CHEAP));
    await expect(passwords.verifyPassword('x', hash)).resolves.toBe(true);
    await expect(passwords.verifyPassword('y', hash)).resolves.toBe(false);
  });
});
