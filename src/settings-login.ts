import { normalizePath } from './contracts/repository-path.js';
import type { FailedLoginSettings, JwtSettings, UserSetting } from './contracts/settings.js';
import { parsePasswordHash } from './modules/auth/password-hash.js';
import { checked, integer, listOf, nullable, oneOf, type Reader, section, text } from './settings-reader.js';

const SECRET_ALGORITHMS = ['HS256', 'HS384', 'HS512'] as const;
const KEY_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'] as const;

const user: Reader<UserSetting> = section<UserSetting>(
  {
    name: text((name) => !/[:\p{Cc}]/u.test(name), 'must be a text without ":" and control characters'),
    passwordHash: checked(text(), (hash) => {
      parsePasswordHash(hash);
      return hash;
    }),
    roles: listOf(oneOf(['viewer', 'operator'] as const), 1),
    pathPrefixes: nullable(listOf(checked(text(), normalizePath), 1)),
  },
  ['pathPrefixes'],
);

export const users = checked(listOf(user), (list) => {
  const doubled = list.find((one, index) => list.findIndex((other) => other.name === one.name) !== index);
  if (doubled) throw new Error(`the user "${doubled.name}" is there twice`);
  return list;
});

export const jwt = checked(
  section<JwtSettings>({
    keyFile: nullable(text()),
    jwksFile: nullable(text()),
    jwksUrl: nullable(text((url) => URL.canParse(url) && /^https?:/.test(url), 'must be an http(s) URL')),
    algorithms: listOf(oneOf([...SECRET_ALGORITHMS, ...KEY_ALGORITHMS]), 1),
    issuer: nullable(text()),
    audience: nullable(text()),
    clockSkewSeconds: integer(0, 600),
    userClaim: text(),
    rolesClaim: text(),
    viewerRoles: listOf(text()),
    operatorRoles: listOf(text()),
    pathPrefixesClaim: nullable(text()),
  }),
  (settings) => {
    const sources = [settings.keyFile, settings.jwksFile, settings.jwksUrl].filter((source) => source !== null).length;
    if (sources > 1) throw new Error('only one of keyFile, jwksFile and jwksUrl may be set');
    if (sources === 1 && (settings.issuer === null || settings.audience === null)) throw new Error('with a key, issuer and audience must be set too');
    // Else a public key, which everybody has, could be used as the secret.
    const secrets = settings.algorithms.filter((algorithm) => algorithm.startsWith('HS')).length;
    if (secrets > 0 && secrets < settings.algorithms.length) throw new Error('algorithms must be all of HMAC (HS…) or none');
    if (secrets > 0 && settings.keyFile === null && sources > 0) throw new Error('HMAC algorithms need keyFile, a file with the secret');
    return settings;
  },
);

export const failedLogins = section<FailedLoginSettings>({
  perUser: integer(1),
  perAddress: integer(1),
  windowSeconds: integer(1, 86_400),
  blockSeconds: integer(1, 86_400),
});
