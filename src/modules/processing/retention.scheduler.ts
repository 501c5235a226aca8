import { Logger } from '@nestjs/common';
import { setImmediate as immediate } from 'node:timers/promises';
import type { StatusJobStore } from '../../contracts/asset-status.js';
import type { EventOutbox } from '../../contracts/event-outbox.js';
import type { JobStore } from '../../contracts/job.js';
import type { CronJobs } from './cron-jobs.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Deletes old jobs, and events that nobody took, one small transaction at a time (processing.md, "Retention"). */
export class RetentionScheduler {
  private readonly logger = new Logger('Retention');
  private purging = false;

  constructor(
    private readonly jobs: Pick<JobStore, 'purge'>,
    private readonly outbox: Pick<EventOutbox, 'purge'>,
    private readonly statusJobs: Pick<StatusJobStore, 'purge'>,
    private readonly days: number,
    private readonly keepJobs: number,
  ) {}

  /** @throws when the cron expression cannot be read. */
  register(cronJobs: CronJobs, cron: string): void {
    cronJobs.start(cron, () => this.purge(new Date()));
  }

  /** Never rejects. */
  async purge(now: Date): Promise<void> {
    if (this.purging) return;
    this.purging = true;
    try {
      const olderThanMs = now.getTime() - this.days * DAY_MS;
      // Others get their turn between portions.
      while (await this.jobs.purge(olderThanMs, this.keepJobs)) await immediate();
      while (await this.statusJobs.purge(olderThanMs)) await immediate();
      while (await this.outbox.purge(olderThanMs)) await immediate();
    } catch (error) {
      this.logger.error(`Old jobs and events could not be deleted: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      this.purging = false;
    }
  }
}
