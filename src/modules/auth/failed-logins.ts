import { createHash } from 'node:crypto';
import { ThrottlerStorageService } from '@nestjs/throttler';
import type { HeadersLike } from '../../contracts/auth.js';
import type { FailedLoginSettings } from '../../contracts/settings.js';
import { basicUserName } from './basic-credentials.js';
import { TooManyFailedLoginsError } from './auth-errors.js';

/** Senders that are counted at a time. Above it new ones are not, until the windows of others are over: memory stays bounded. */
const MAX_COUNTED = 50_000;
const UNKNOWN_ADDRESS = 'unknown';

/** A request whose sender's address is known, as Express gives it. */
export type AddressedRequest = HeadersLike & { ip?: string };

/**
 * Counts failed logins by the sender's address, and by address and user together, and refuses whoever fails too often. Never by the
 * user alone: then anybody could lock anybody out.
 */
export class FailedLogins {
  private readonly counts = new ThrottlerStorageService();

  /** @param settings null: nothing is counted, because who may call is the host's to know. */
  constructor(private readonly settings: FailedLoginSettings | null) {}

  /** @throws TooManyFailedLoginsError */
  check(request: AddressedRequest): void {
    if (this.settings === null || request.headers.authorization === undefined) return;
    const now = Date.now();
    for (const { key } of this.limits(request, this.settings)) {
      const count = this.counts.storage.get(key);
      if (count?.isBlocked && count.blockExpiresAt > now) throw new TooManyFailedLoginsError(Math.ceil((count.blockExpiresAt - now) / 1000));
    }
  }

  /** Whoever sent no credentials has not failed. */
  async count(request: AddressedRequest): Promise<void> {
    if (this.settings === null || request.headers.authorization === undefined) return;
    const { windowSeconds, blockSeconds } = this.settings;
    for (const { key, limit } of this.limits(request, this.settings)) {
      if (!this.counts.storage.has(key) && this.counts.storage.size >= MAX_COUNTED) continue;
      await this.counts.increment(key, windowSeconds * 1000, limit, blockSeconds * 1000, 'failed-logins');
    }
  }

  onApplicationShutdown(): void {
    this.counts.onApplicationShutdown();
  }

  private limits(request: AddressedRequest, { perAddress, perUser }: FailedLoginSettings): { key: string; limit: number }[] {
    const address = network(request.ip ?? UNKNOWN_ADDRESS);
    const name = basicUserName(request.headers.authorization);
    const byAddress = { key: address, limit: perAddress };
    return name === null ? [byAddress] : [byAddress, { key: createHash('sha256').update(`${address}\n${name}`).digest('base64'), limit: perUser }];
  }
}

/** One subscriber commonly has a whole /64 of IPv6 addresses. */
function network(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !address.includes(':')) return mapped ?? address;
  const [head = '', tail] = address.split('%', 1).join('').split('::');
  const groups = head.split(':').filter((group) => group !== '');
  const missing = tail === undefined ? 0 : 8 - groups.length - tail.split(':').filter((group) => group !== '').length;
  return [...groups, ...Array<string>(Math.max(0, missing)).fill('0'), ...(tail ?? '').split(':')].slice(0, 4).join(':');
}
