import { type BeforeApplicationShutdown, Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import type { JobStore } from '../../contracts/job.js';
import type { Pipeline } from '../../contracts/pipeline.js';
import type { ProcessingApi } from '../../contracts/processing-api.js';
import type { GuidesSettings } from '../../contracts/settings.js';
import { JOB_STORE, MOUNT_PATH, PIPELINE, PROCESSING_API, SETTINGS, UNIT_OF_WORK } from '../../contracts/tokens.js';
import type { Database } from '../../repository/unit-of-work/database.js';
import { AutomaticRunScheduler } from '../processing/automatic-run.scheduler.js';
import { Engine } from '../processing/engine.js';
import { RetentionScheduler } from '../processing/retention.scheduler.js';

/** Starts the engine and the schedules with the application, and ends them in order: commits first, connections last. */
@Injectable()
export class ProcessingLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly logger = new Logger('GuidesProcessing');

  constructor(
    @Inject(SETTINGS) private readonly settings: GuidesSettings,
    @Inject(UNIT_OF_WORK) private readonly database: Database,
    @Inject(JOB_STORE) private readonly jobs: JobStore,
    @Inject(PIPELINE) private readonly pipeline: Pipeline,
    @Inject(PROCESSING_API) private readonly api: ProcessingApi,
    @Inject(MOUNT_PATH) private readonly mountPath: string,
    private readonly engine: Engine,
    private readonly schedules: SchedulerRegistry,
  ) {}

  /** @throws ConfigurationError for steps of the host that are broken or stand twice. */
  async onApplicationBootstrap(): Promise<void> {
    await this.checkSteps();
    const { schedule, retention } = this.settings;
    if (schedule.enabled) {
      new AutomaticRunScheduler(this.api, this.jobs, schedule.path).register(this.schedules, `guides-automatic-run:${this.mountPath}`, schedule.cron);
    }
    new RetentionScheduler(this.jobs, retention.days, retention.keepJobs).register(this.schedules, `guides-retention:${this.mountPath}`, retention.cron);
    await this.engine.start();
  }

  private async checkSteps(): Promise<void> {
    try {
      this.logger.debug(`The pipeline is ${this.pipeline.version}.`);
    } catch (error) {
      // Nest ends what has started only where all has: threads and connections would keep the process alive.
      await this.pipeline.close();
      await this.database.close();
      throw error;
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.engine.stop();
    await this.pipeline.close();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.database.close();
  }
}
