import { CronJob } from 'cron';

/** The cron jobs of one mount. Not those of `@nestjs/schedule`: its module would start the host's own a second time. */
export class CronJobs {
  private readonly jobs: CronJob[] = [];

  /** @throws when the cron expression cannot be read. */
  start(cron: string, onTick: () => Promise<void>): void {
    this.jobs.push(CronJob.from({ cronTime: cron, onTick, start: true }));
  }

  /** No tick begins afterwards. */
  stop(): void {
    for (const job of this.jobs) void job.stop();
  }
}
