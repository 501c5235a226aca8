import { createHmac, randomBytes } from 'node:crypto';
import type { Principal } from '../../contracts/auth.js';

/**
 * Remembers credentials that were verified, so that polling a status does not cost a key derivation each time.
 * Holds no password: keys are HMACs under a key that dies with the process. Users change with a restart only, so
 * nothing here goes stale.
 */
export class VerifiedCredentials {
  private readonly key = randomBytes(32);
  private readonly principals = new Map<string, Principal>();

  constructor(private readonly maxEntries: number) {}

  fingerprint(credentials: string): string {
    return createHmac('sha256', this.key).update(credentials).digest('base64');
  }

  get(fingerprint: string): Principal | null {
    return this.principals.get(fingerprint) ?? null;
  }

  add(fingerprint: string, principal: Principal): void {
    if (this.principals.size >= this.maxEntries) {
      const oldest = this.principals.keys().next();
      if (!oldest.done) this.principals.delete(oldest.value);
    }
    this.principals.set(fingerprint, principal);
  }
}
