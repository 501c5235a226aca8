import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createLocalJWKSet, createRemoteJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { ConfigurationError } from '../../contracts/errors.js';
import type { JwtSettings } from '../../contracts/settings.js';

/** Bytes of a secret below which HMAC tokens could be guessed at (RFC 7518, 3.2). */
const MIN_SECRET_BYTES = 32;
const JWKS_TIMEOUT_MS = 5000;
/** After a key that is not in the set, the set is fetched again, but not more often than this. */
const JWKS_COOLDOWN_MS = 30_000;
const JWKS_MAX_AGE_MS = 600_000;

/** What signatures are checked with: one key, or a set in which the token's `kid` is looked up. */
export type VerificationKey = { key: KeyObject | Uint8Array } | { set: JWTVerifyGetKey };

/** @throws ConfigurationError that names the file and never shows what is in it. */
export async function openVerificationKey({ keyFile, jwksFile, jwksUrl, algorithms }: JwtSettings): Promise<VerificationKey> {
  if (jwksUrl !== null) {
    const limits = { timeoutDuration: JWKS_TIMEOUT_MS, cooldownDuration: JWKS_COOLDOWN_MS, cacheMaxAge: JWKS_MAX_AGE_MS };
    return { set: createRemoteJWKSet(new URL(jwksUrl), limits) };
  }
  if (jwksFile !== null) return { set: await fromFile('jwt.jwksFile', jwksFile, (text) => createLocalJWKSet(JSON.parse(text) as JSONWebKeySet)) };
  if (keyFile === null) throw new ConfigurationError('jwt: one of keyFile, jwksFile and jwksUrl must be set.');
  const isSecret = algorithms.some((algorithm) => algorithm.startsWith('HS'));
  return { key: await fromFile<KeyObject | Uint8Array>('jwt.keyFile', keyFile, isSecret ? secretOf : publicKeyOf) };
}

async function fromFile<T>(setting: string, file: string, read: (text: string) => T): Promise<T> {
  try {
    return read(await readFile(file, 'utf8'));
  } catch (error) {
    // The message of a parser may quote what it read.
    const reason = error instanceof UnusableKeyError ? error.message : isMissing(error) ? 'cannot be read' : 'holds no key of the kind that is needed';
    throw new ConfigurationError(`${setting}: ${file} ${reason}.`);
  }
}

class UnusableKeyError extends Error {}

function secretOf(text: string): Uint8Array {
  const secret = Buffer.from(text.replace(/\r?\n$/, ''));
  if (secret.length < MIN_SECRET_BYTES) throw new UnusableKeyError(`must hold a secret of at least ${MIN_SECRET_BYTES} bytes`);
  return secret;
}

function publicKeyOf(text: string): KeyObject {
  return text.trimStart().startsWith('{') ? createPublicKey({ key: JSON.parse(text) as JsonWebKey, format: 'jwk' }) : createPublicKey(text);
}

function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'syscall' in error;
}
