import { randomBytes, scrypt, scryptSync, type ScryptOptions, timingSafeEqual } from 'node:crypto';
import { ConfigurationError } from '../../contracts/errors.js';

/** What a derivation costs: memory is 128 · N · r bytes, time grows with N · r · p. */
export interface ScryptCost {
  n: number;
  r: number;
  p: number;
}

export interface PasswordHash extends ScryptCost {
  salt: Buffer;
  key: Buffer;
}

/** One of OWASP's equivalent recommendations: the one with little memory (16 MiB), as every sign-in takes it. */
export const DEFAULT_COST: ScryptCost = { n: 16_384, r: 8, p: 5 };

const KEY_BYTES = 32;
const SALT_BYTES = 16;
/** 128 · N · r of the costliest hash that is accepted: a configuration cannot make a sign-in take all memory. */
const MAX_MEMORY_BYTES = 256 * 1024 * 1024;
const FORMAT = /^scrypt:(\d{1,8}):(\d{1,3}):(\d{1,3}):([A-Za-z0-9+/]{8,}={0,2}):([A-Za-z0-9+/]{22,}={0,2})$/;

/**
 * Hash of a password as `scrypt:N:r:p:salt:hash`, salt and hash in base64. Equal text in another Unicode
 * normalisation gives an equal hash (RFC 7617, section 2.1).
 */
export function hashPasswordSync(password: string, cost: ScryptCost = DEFAULT_COST): string {
  const salt = randomBytes(SALT_BYTES);
  const key = scryptSync(password.normalize('NFC'), salt, KEY_BYTES, options(cost));
  return ['scrypt', cost.n, cost.r, cost.p, salt.toString('base64'), key.toString('base64')].join(':');
}

/** @throws ConfigurationError when the text is no such hash or asks for too much; never shows it. */
export function parsePasswordHash(text: string): PasswordHash {
  const [, n = '', r = '', p = '', salt = '', key = ''] = FORMAT.exec(text) ?? [];
  const cost = { n: Number(n), r: Number(r), p: Number(p) };
  const powerOfTwo = cost.n > 1 && Number.isInteger(Math.log2(cost.n));
  if (!powerOfTwo || cost.r < 1 || cost.p < 1 || cost.p > 16 || 128 * cost.n * cost.r > MAX_MEMORY_BYTES) {
    throw new ConfigurationError('a password hash has the form scrypt:N:r:p:salt:hash; make one with "guides hash-password"');
  }
  return { ...cost, salt: Buffer.from(salt, 'base64'), key: Buffer.from(key, 'base64') };
}

/** A hash that no password has: lets a sign-in as nobody take as long as one as somebody. */
export function unmatchableHash(cost: ScryptCost): PasswordHash {
  return { ...cost, salt: randomBytes(SALT_BYTES), key: randomBytes(KEY_BYTES) };
}

/** Derives off the main thread and compares in constant time. */
export function verifyPassword(password: string, hash: PasswordHash): Promise<boolean> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), hash.salt, hash.key.length, options(hash), (error, key) => {
      if (error) reject(error);
      else resolve(timingSafeEqual(key, hash.key));
    });
  });
}

function options(cost: ScryptCost): ScryptOptions {
  return { N: cost.n, r: cost.r, p: cost.p, maxmem: 128 * cost.n * cost.r * 2 };
}
