import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '../../contracts/auth.js';
import { UnknownJobError } from '../../contracts/errors.js';
import type { JobSnapshot, ProcessingApi } from '../../contracts/processing-api.js';
import { PROCESSING_API } from '../../contracts/tokens.js';
import { mayAccess } from '../auth/path-permissions.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Databases compare in ways of their own (case, trailing spaces); an id is equal or unknown. */
export function isJobId(text: string): boolean {
  return UUID.test(text);
}

/** Jobs as a user sees them: those outside of his path prefixes do not exist (http-api.md, "Who may call"). */
@Injectable()
export class JobAccess {
  constructor(@Inject(PROCESSING_API) private readonly processing: ProcessingApi) {}

  /** @throws UnknownJobError */
  async snapshot(principal: Principal, processingId: string): Promise<JobSnapshot> {
    if (!isJobId(processingId)) throw new UnknownJobError(processingId);
    const snapshot = await this.processing.snapshot(processingId);
    if (!mayAccess(principal, snapshot.job.path)) throw new UnknownJobError(processingId);
    return snapshot;
  }

  /** The newest `limit` of those that the user may see. */
  async history(principal: Principal, limit: number): Promise<JobSnapshot[]> {
    // Jobs of others may lie in between, so as many more are looked at as it takes; retention bounds how many there are.
    for (let looked = limit; ; looked *= 4) {
      const snapshots = await this.processing.history(looked);
      const visible = snapshots.filter(({ job }) => mayAccess(principal, job.path));
      if (visible.length >= limit || snapshots.length < looked) return visible.slice(0, limit);
    }
  }
}
