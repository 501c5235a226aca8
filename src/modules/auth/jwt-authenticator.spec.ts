import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { base64url, exportJWK, exportSPKI, generateKeyPair, type GenerateKeyPairResult, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import type { Principal } from '../../contracts/auth.js';
import type { JwtSettings } from '../../contracts/settings.js';
import { JwtAuthenticator } from './jwt-authenticator.js';

const SECRET = 'a secret of more than thirty-two bytes';
const CLAIMS = { sub: 'alice', roles: ['operator'], iss: 'https://id', aud: 'guides', exp: '10 min' };

describe('Bearer tokens', () => {
  const folder = mkdtempSync(join(tmpdir(), 'guides-jwt-'));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  let rsa: GenerateKeyPairResult;
  let other: GenerateKeyPairResult;
  let elliptic: GenerateKeyPairResult;
  let settings: JwtSettings;
  let spki: string;

  beforeAll(async () => {
    rsa = await generateKeyPair('RS256', { extractable: true });
    other = await generateKeyPair('RS256', { extractable: true });
    elliptic = await generateKeyPair('ES256', { extractable: true });
    spki = await exportSPKI(rsa.publicKey);
    settings = {
      keyFile: file('rsa.pem', spki),
      jwksFile: null,
      jwksUrl: null,
      algorithms: ['RS256'],
      issuer: 'https://id',
      audience: 'guides',
      clockSkewSeconds: 5,
      userClaim: 'sub',
      rolesClaim: 'roles',
      viewerRoles: ['viewer'],
      operatorRoles: ['operator'],
      pathPrefixesClaim: null,
    };
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  type SigningKey = Parameters<SignJWT['sign']>[0];
  type Claims = JWTPayload & { exp?: number | string };
  type Signing = { key?: SigningKey; alg?: string; kid?: string };
  function signed(claims: object, { key = rsa.privateKey, alg = 'RS256', kid }: Signing = {}): Promise<string> {
    const { exp, nbf, ...rest } = { ...CLAIMS, ...claims } as unknown as Claims & { nbf?: number | string };
    const token = new SignJWT(rest).setProtectedHeader({ alg, ...(kid === undefined ? {} : { kid }) });
    if (exp !== undefined) token.setExpirationTime(exp);
    if (nbf !== undefined) token.setNotBefore(nbf);
    return token.sign(key);
  }
  async function known(token: string, changed: Partial<JwtSettings> = {}): Promise<Principal | null> {
    const authenticator = await JwtAuthenticator.open({ ...settings, ...changed });
    return authenticator.authenticate({ headers: { authorization: `Bearer ${token}` } });
  }

  it('name a user, with the roles and paths that their claims say', async () => {
    expect(await known(await signed({}))).toEqual({ name: 'alice', roles: ['operator'], pathPrefixes: null });
    expect(await known(await signed({ roles: 'openid viewer' }))).toMatchObject({ roles: ['viewer'] });
    expect(await known(await signed({ roles: undefined }))).toMatchObject({ roles: [] });
    const keycloak = { userClaim: 'preferred_username', rolesClaim: 'realm_access.roles', viewerRoles: ['docs-read'], pathPrefixesClaim: 'paths' };
    const token = await signed({ preferred_username: 'bob', realm_access: { roles: ['docs-read'] }, paths: ['/content/dam/x/', '/content/dam/a b'] });
    expect(await known(token, keycloak)).toEqual({ name: 'bob', roles: ['viewer'], pathPrefixes: ['/content/dam/x', '/content/dam/a b'] });
  });

  it('that are to be limited to paths, and say none, reach nothing', async () => {
    expect(await known(await signed({}), { pathPrefixesClaim: 'paths' })).toMatchObject({ pathPrefixes: [] });
    expect(await known(await signed({ paths: ['relative'] }), { pathPrefixesClaim: 'paths' })).toBeNull();
    expect(await known(await signed({ paths: [{}] }), { pathPrefixesClaim: 'paths' })).toBeNull();
  });

  it.each<[string, object]>([
    ['expired', { exp: '-1 min' }],
    ['without an end', { exp: undefined }],
    ['not valid yet', { nbf: '1 min' }],
    ['of another issuer', { iss: 'https://other' }],
    ['without an issuer', { iss: undefined }],
    ['for another audience', { aud: 'others' }],
    ['without an audience', { aud: undefined }],
    ['of nobody', { sub: undefined }],
    ['of a user with an empty name', { sub: '' }],
    ['of a user with a control character', { sub: 'a\nb' }],
    ['of a user that is no text', { sub: 7 }],
  ])('that are %s name no user', async (_, claims) => {
    expect(await known(await signed(claims))).toBeNull();
  });

  it('may be off by the clock skew that is set', async () => {
    expect(await known(await signed({ exp: '-3 s' }))).not.toBeNull();
    expect(await known(await signed({ exp: '-3 s' }), { clockSkewSeconds: 0 })).toBeNull();
  });

  it('are taken with the algorithms that are listed and no others', async () => {
    expect(await known(await signed({}, { alg: 'ES256', key: elliptic.privateKey }), { algorithms: ['RS256', 'ES256'] })).toBeNull();
    expect(await known(await signed({}, { key: other.privateKey }))).toBeNull();
    const { exp: _, ...unsigned } = CLAIMS;
    expect(await known(new UnsecuredJWT(unsigned).setExpirationTime('1 h').encode())).toBeNull();
    // The public key, which everybody has, used as the secret of an HMAC.
    expect(await known(await signed({}, { alg: 'HS256', key: new TextEncoder().encode(spki) }))).toBeNull();
    const [, payload = ''] = (await signed({})).split('.');
    expect(await known(`${base64url.encode('{"alg":"none"}')}.${payload}.`)).toBeNull();
  });

  it.each(['', 'a.b', 'a.b.c', `${'a'.repeat(10_000)}.b.c`, '{}.{}.{}'])('that are none ("%.10s") name no user', async (token) => {
    expect(await known(token)).toBeNull();
  });

  it('leave other schemes to others', async () => {
    const authenticator = await JwtAuthenticator.open(settings);
    const token = await signed({});
    for (const authorization of [undefined, token, `Basic ${token}`, `Bearer ${token} x`]) {
      expect(await authenticator.authenticate({ headers: { authorization } })).toBeNull();
    }
    expect(await authenticator.authenticate({ headers: { authorization: `bearer  ${token}` } })).not.toBeNull();
  });

  it('are checked with a secret, a JWK or a certificate of a set', async () => {
    const secret = { keyFile: file('secret', `${SECRET}\n`), algorithms: ['HS256'] };
    expect(await known(await signed({}, { alg: 'HS256', key: new TextEncoder().encode(SECRET) }), secret)).not.toBeNull();
    const jwk = { keyFile: file('key.json', JSON.stringify(await exportJWK(elliptic.publicKey))), algorithms: ['ES256'] };
    expect(await known(await signed({}, { alg: 'ES256', key: elliptic.privateKey }), jwk)).not.toBeNull();
    const keys = [{ ...(await exportJWK(rsa.publicKey)), kid: 'r' }, { ...(await exportJWK(elliptic.publicKey)), kid: 'e' }];
    const set = { keyFile: null, jwksFile: file('set.json', JSON.stringify({ keys })), algorithms: ['RS256', 'ES256'] };
    expect(await known(await signed({}, { kid: 'r' }), set)).not.toBeNull();
    expect(await known(await signed({}, { alg: 'ES256', key: elliptic.privateKey, kid: 'e' }), set)).not.toBeNull();
    expect(await known(await signed({}, { kid: 'unknown' }), set)).toBeNull();
  });

  it.each<[string, () => Partial<JwtSettings>, string]>([
    ['is not there', () => ({ keyFile: join(folder, 'none.pem') }), 'cannot be read'],
    ['holds something else', () => ({ keyFile: file('odd.pem', SECRET) }), 'holds no key'],
    ['holds a secret that is too short', () => ({ keyFile: file('short', 'short'), algorithms: ['HS256'] }), 'at least 32 bytes'],
    ['holds no set', () => ({ keyFile: null, jwksFile: file('odd.json', SECRET) }), 'holds no key'],
  ])('stop the start when the file %s, without a word of what is in it', async (_, changed, message) => {
    const failure = JwtAuthenticator.open({ ...settings, ...changed() });
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.not.toThrow(SECRET);
  });

  describe('with keys from a server', () => {
    let server: Server;
    let keys: object[] = [];
    let status = 200;
    let url: string;

    beforeAll(async () => {
      server = createServer((_, response) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ keys })));
      await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
    });
    afterAll(() => server.close());

    it('fetch the set, and again when a key is new', async () => {
      keys = [{ ...(await exportJWK(rsa.publicKey)), kid: '1' }];
      const authenticator = await JwtAuthenticator.open({ ...settings, keyFile: null, jwksUrl: url });
      const ask = async (token: string): Promise<Principal | null> => authenticator.authenticate({ headers: { authorization: `Bearer ${token}` } });
      expect(await ask(await signed({}, { kid: '1' }))).not.toBeNull();
      keys = [{ ...(await exportJWK(other.publicKey)), kid: '2' }];
      const renewed = await signed({}, { kid: '2', key: other.privateKey });
      expect(await ask(renewed)).toBeNull();
      // Not before half a minute is over: unknown keys must not make anybody fetch again and again.
      jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'setTimeout'], now: Date.now() + 31_000 });
      try {
        expect(await ask(await signed({ exp: '1 h' }, { kid: '2', key: other.privateKey }))).not.toBeNull();
      } finally {
        jest.useRealTimers();
      }
    });

    it.each<[string, () => string]>([
      ['answers with an error', () => url],
      ['is not there', () => 'http://127.0.0.1:1/jwks.json'],
    ])('refuse and say so once when the server %s', async (_, at) => {
      const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
      status = 500;
      const authenticator = await JwtAuthenticator.open({ ...settings, keyFile: null, jwksUrl: at() });
      const authorization = `Bearer ${await signed({}, { kid: '1' })}`;
      expect(await authenticator.authenticate({ headers: { authorization } })).toBeNull();
      expect(await authenticator.authenticate({ headers: { authorization } })).toBeNull();
      expect(warn).toHaveBeenCalledTimes(1);
      expect(warn).toHaveBeenCalledWith(expect.stringContaining('Tokens cannot be checked, and are refused: '));
      warn.mockRestore();
      status = 200;
    });
  });
});
