import { Logger } from '@nestjs/common';
import { InvalidRequestError, JobAlreadyActiveError } from '../../contracts/errors.js';
import { ASSET_PROCESSING, type JobStore, SYSTEM_USER } from '../../contracts/job.js';
import type { ProcessingApi } from '../../contracts/processing-api.js';
import type { CronJobs } from './cron-jobs.js';

/**
 * The automatic run: processes what is new or unprocessed below a path (http-api.md, "Schedule"). Never overlaps
 * itself, and on any number of instances exactly one starts it.
 */
export class AutomaticRunScheduler {
  private readonly logger = new Logger('AutomaticRun');

  constructor(
    private readonly api: Pick<ProcessingApi, 'start'>,
    private readonly jobs: Pick<JobStore, 'claimTick'>,
    private readonly path: string,
  ) {}

  /**
   * @param name of the schedule in the database: instances that share it take turns
   * @throws when the cron expression cannot be read.
   */
  register(cronJobs: CronJobs, name: string, cron: string): void {
    cronJobs.start(cron, () => this.tick(name, new Date()));
  }

  /** One tick of the clock; `now` names its slot. Never rejects. */
  async tick(name: string, now: Date): Promise<void> {
    try {
      // Cron ticks on whole seconds; instances whose clocks differ by less than a minute mean the same tick.
      const slotMs = Math.floor(now.getTime() / 60_000) * 60_000;
      if (!(await this.jobs.claimTick(name, slotMs))) return;
      const request = { path: this.path, type: ASSET_PROCESSING, filter: { filterProcessedAssets: true } };
      const { processingId } = await this.api.start(request, SYSTEM_USER);
      this.logger.log(`Started ${processingId} on ${this.path}.`);
    } catch (error) {
      this.explain(error);
    }
  }

  private explain(error: unknown): void {
    if (error instanceof JobAlreadyActiveError) this.logger.debug(`Skipped: ${error.message}`);
    else if (error instanceof InvalidRequestError) this.logger.debug(`Nothing to do: ${error.message}`);
    else this.logger.error(`The automatic run could not start: ${error instanceof Error ? error.message : String(error)}`);
  }
}
