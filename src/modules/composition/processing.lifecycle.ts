import { type BeforeApplicationShutdown, Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { StatusJobStore } from '../../contracts/asset-status.js';
import type { EventOutbox } from '../../contracts/event-outbox.js';
import type { JobStore } from '../../contracts/job.js';
import type { MetricsApi } from '../../contracts/metrics.js';
import type { Pipeline } from '../../contracts/pipeline.js';
import type { ProcessingApi } from '../../contracts/processing-api.js';
import type { GuidesSettings } from '../../contracts/settings.js';
import { EVENT_DELIVERY, EVENT_OUTBOX, JOB_STORE, METRICS_API, MOUNT_PATH, PIPELINE, PROCESSING_API, SETTINGS, STATUS_JOB_STORE, UNIT_OF_WORK, WORK } from '../../contracts/tokens.js';
import type { Database } from '../../repository/unit-of-work/database.js';
import type { EventDelivery } from '../events/event-dispatcher.js';
import { MetricsServer } from '../metrics/metrics-server.js';
import { AutomaticRunScheduler } from '../processing/automatic-run.scheduler.js';
import { CronJobs } from '../processing/cron-jobs.js';
import { RetentionScheduler } from '../processing/retention.scheduler.js';
import type { Work } from '../processing/work-calls.js';
import { HostJobTypes } from './host-job-types.js';

/** Starts the engine and the schedules with the application, and ends them in order: commits first, connections last. */
@Injectable()
export class ProcessingLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly logger = new Logger('GuidesProcessing');
  private readonly cronJobs = new CronJobs();
  private metricsServer: MetricsServer | null = null;

  constructor(
    @Inject(SETTINGS) private readonly settings: GuidesSettings,
    @Inject(UNIT_OF_WORK) private readonly database: Database,
    @Inject(JOB_STORE) private readonly jobs: JobStore,
    @Inject(PIPELINE) private readonly pipeline: Pipeline,
    @Inject(PROCESSING_API) private readonly api: ProcessingApi,
    @Inject(MOUNT_PATH) private readonly mountPath: string,
    @Inject(WORK) private readonly work: Work,
    @Inject(METRICS_API) private readonly metrics: MetricsApi,
    @Inject(EVENT_OUTBOX) private readonly outbox: EventOutbox,
    @Inject(STATUS_JOB_STORE) private readonly statusJobs: StatusJobStore,
    @Inject(EVENT_DELIVERY) private readonly delivery: EventDelivery,
    private readonly hostTypes: HostJobTypes,
  ) {}

  /** @throws ConfigurationError for steps and job types of the host that are broken or stand twice. */
  async onApplicationBootstrap(): Promise<void> {
    await this.before(() => this.checkHostProviders());
    await this.before(() => this.serveMetrics());
    // Where nothing is processed nothing is scheduled either.
    if (this.settings.role !== 'api') this.registerSchedules();
    await this.delivery.start();
    await this.work.start();
  }

  private registerSchedules(): void {
    const { schedule, retention } = this.settings;
    if (schedule.enabled) {
      new AutomaticRunScheduler(this.api, this.jobs, schedule.path).register(this.cronJobs, `guides-automatic-run:${this.mountPath}`, schedule.cron);
    }
    new RetentionScheduler(this.jobs, this.outbox, this.statusJobs, retention.days, retention.keepJobs).register(this.cronJobs, retention.cron);
  }

  private checkHostProviders(): void {
    const types = this.hostTypes.all().map(({ name }) => name);
    this.logger.debug(`The pipeline is ${this.pipeline.version}; job types of the host: ${types.join(', ') || 'none'}.`);
  }

  private async serveMetrics(): Promise<void> {
    const { host, port } = this.settings.metrics;
    if (port === null) return;
    this.metricsServer = new MetricsServer(this.metrics);
    const taken = await this.metricsServer.listen(host, port);
    this.logger.log(`Metrics are served on http://${host}:${taken}/metrics, without login`);
  }

  /** What may refuse the start. */
  private async before(check: () => void | Promise<void>): Promise<void> {
    try {
      await check();
    } catch (error) {
      // Nest ends what has started only where all has: threads and connections would keep the process alive.
      await this.work.stop();
      await this.pipeline.close();
      await this.database.close();
      throw error;
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.cronJobs.stop();
    await Promise.all([this.metricsServer?.close(), this.work.stop(), this.delivery.stop(this.settings.processing.drainMs)]);
    await this.pipeline.close();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.database.close();
  }
}
