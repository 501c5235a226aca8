import { Logger } from '@nestjs/common';
import { errors, jwtVerify, type JWTPayload } from 'jose';
import type { Authenticator, HeadersLike, Principal, Role } from '../../contracts/auth.js';
import { normalizePath } from '../../contracts/repository-path.js';
import type { JwtSettings } from '../../contracts/settings.js';
import { openVerificationKey, type VerificationKey } from './jwt-keys.js';

const BEARER = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+) *$/i;
const MAX_NAME = 255;
/** A key server that is away is complained about this often at most. */
const COMPLAINT_MS = 60_000;

/**
 * Bearer tokens (RFC 6750): JWTs signed by one of the keys that are known, with `exp`, `nbf`, `iss` and `aud` checked
 * (http-api.md, "Who may call"). Whatever is wrong with a token, it names no user.
 */
export class JwtAuthenticator implements Authenticator {
  readonly challenge = 'Bearer realm="guides"';
  private readonly logger = new Logger('GuidesLogin');
  private complainedAt = -Infinity;

  private constructor(
    private readonly settings: JwtSettings,
    private readonly verificationKey: VerificationKey,
  ) {}

  /** @throws ConfigurationError for keys that cannot be read. */
  static async open(settings: JwtSettings): Promise<JwtAuthenticator> {
    return new JwtAuthenticator(settings, await openVerificationKey(settings));
  }

  async authenticate({ headers: { authorization } }: HeadersLike): Promise<Principal | null> {
    const token = typeof authorization === 'string' ? BEARER.exec(authorization)?.[1] : undefined;
    if (token === undefined) return null;
    try {
      return this.principalOf(await this.verified(token));
    } catch (error) {
      if (!(error instanceof errors.JOSEError) || isKeyServersFault(error)) this.complain(error);
      return null;
    }
  }

  private async verified(token: string): Promise<JWTPayload> {
    const { algorithms, issuer, audience, clockSkewSeconds } = this.settings;
    const rules = { algorithms: [...algorithms], issuer: issuer ?? [], audience: audience ?? [], clockTolerance: clockSkewSeconds, requiredClaims: ['exp'] };
    const { payload } = 'set' in this.verificationKey
      ? await jwtVerify(token, this.verificationKey.set, rules)
      : await jwtVerify(token, this.verificationKey.key, rules);
    return payload;
  }

  /** Null when the token does not say who it is for, or limits him to something that is no path. */
  private principalOf(payload: JWTPayload): Principal | null {
    const { userClaim, rolesClaim, pathPrefixesClaim, viewerRoles, operatorRoles } = this.settings;
    const name = claim(payload, userClaim);
    if (typeof name !== 'string' || name === '' || name.length > MAX_NAME || /\p{Cc}/u.test(name)) return null;
    const given = new Set(texts(claim(payload, rolesClaim)));
    const roles: Role[] = [];
    if (viewerRoles.some((role) => given.has(role))) roles.push('viewer');
    if (operatorRoles.some((role) => given.has(role))) roles.push('operator');
    if (pathPrefixesClaim === null) return { name, roles, pathPrefixes: null };
    const pathPrefixes = pathsOf(claim(payload, pathPrefixesClaim));
    return pathPrefixes && { name, roles, pathPrefixes };
  }

  private complain(error: unknown): void {
    if (performance.now() - this.complainedAt < COMPLAINT_MS) return;
    this.complainedAt = performance.now();
    this.logger.warn(`Tokens cannot be checked, and are refused: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A key that is not in the set is the token's fault; a set that cannot be had is not. */
function isKeyServersFault(error: errors.JOSEError): boolean {
  return error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid || error.code === 'ERR_JOSE_GENERIC';
}

/** `a.b` is looked for as it is, and as `b` within `a`. */
function claim(payload: JWTPayload, name: string): unknown {
  if (Object.hasOwn(payload, name)) return payload[name];
  return name.split('.').reduce<unknown>((value, key) => (typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined), payload);
}

/** A path or a list of them. A claim that is to limit the user and is not there leaves him nothing; null: it holds no paths. */
function pathsOf(value: unknown): string[] | null {
  const paths: unknown[] = Array.isArray(value) ? value : [value ?? []].flat();
  try {
    return paths.every((path) => typeof path === 'string') ? paths.map(normalizePath) : null;
  } catch {
    return null;
  }
}

/** A list of texts, or one text of words, as `scope` is (RFC 8693). */
function texts(value: unknown): string[] {
  if (typeof value === 'string') return value.split(' ').filter((word) => word !== '');
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
