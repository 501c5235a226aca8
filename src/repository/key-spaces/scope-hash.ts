import { createHash } from 'node:crypto';
import type { KeyScopeInfo } from '../../contracts/key-space.js';

/**
 * A name for each scope, by id, that stays when other scopes come and go: from the names of the scopes on the way to it, and its
 * place among those of equal names. Scopes come after the one that encloses them.
 */
export function scopeHashes(scopes: readonly KeyScopeInfo[]): Map<number, string> {
  const hashes = new Map<number, string>();
  const namesakes = new Map<string, number>();
  for (const { id, parent, names } of scopes) {
    const name = JSON.stringify([parent === null ? null : hashes.get(parent), names]);
    const place = namesakes.get(name) ?? 0;
    namesakes.set(name, place + 1);
    hashes.set(id, createHash('sha1').update(`${name} ${place}`).digest('base64url'));
  }
  return hashes;
}
