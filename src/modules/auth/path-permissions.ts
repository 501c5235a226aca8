import type { Principal } from '../../contracts/auth.js';
import { ForbiddenError } from '../../contracts/errors.js';
import { isWithin } from '../../contracts/key-range.js';

/** True when the user may see and touch `path` and all below it. */
export function mayAccess(principal: Principal, path: string): boolean {
  return principal.pathPrefixes === null || principal.pathPrefixes.some((prefix) => isWithin(path, prefix));
}

/** @throws ForbiddenError */
export function requireAccess(principal: Principal, path: string): void {
  if (!mayAccess(principal, path)) throw new ForbiddenError(`The user "${principal.name}" has no right to ${path}.`);
}
