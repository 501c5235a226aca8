import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { JOB_STATUSES } from '../../contracts/job.js';
import type { MetricsApi, ProcessingObserver, StateCounts, StateCountStore } from '../../contracts/metrics.js';

/** Seconds: a status takes some milliseconds, a download as long as it takes. */
const REQUEST_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Seconds: a batch of topics takes a fraction of one, a batch of large images minutes. */
const BATCH_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** The metrics of one mount of the module, in a registry of its own: those of the host stay the host's. */
export class PrometheusMetrics implements MetricsApi, ProcessingObserver {
  private readonly registry = new Registry();
  private readonly of = { registers: [this.registry] };
  private readonly requests = new Histogram({
    ...this.of,
    name: 'guides_http_request_duration_seconds',
    help: 'Time until an answer was sent whole, or its client was gone.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: REQUEST_BUCKETS,
  });
  private readonly assets = new Counter({ ...this.of, name: 'guides_assets_processed_total', help: 'Assets that this process has processed and committed.', labelNames: ['outcome'] as const });
  private readonly batches = new Histogram({ ...this.of, name: 'guides_batch_duration_seconds', help: 'Time from the claim of a batch of assets until its commit.', buckets: BATCH_BUCKETS });
  private readonly databaseUp = new Gauge({ ...this.of, name: 'guides_database_up', help: '1 when the database answered this scrape; 0: jobs and events are left out.' });
  private readonly jobs = new Gauge({ ...this.of, name: 'guides_jobs', help: 'Jobs in the database, all instances together.', labelNames: ['status'] as const });
  private readonly waiting = new Gauge({ ...this.of, name: 'guides_outbox_waiting', help: 'Portions of events that are not delivered yet.', labelNames: ['receiver'] as const });
  private readonly dead = new Gauge({ ...this.of, name: 'guides_outbox_dead_letters', help: 'Events that are not tried any more.', labelNames: ['receiver'] as const });
  private readonly lag = new Gauge({ ...this.of, name: 'guides_outbox_lag_seconds', help: 'Age of the oldest portion that is not delivered yet.' });
  private collectsDefaults = false;

  constructor(private readonly counts: StateCountStore) {
    for (const outcome of ['succeeded', 'failed', 'skipped']) this.assets.inc({ outcome }, 0);
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** Never rejects: that the database is away is what a scrape must tell. */
  async text(): Promise<string> {
    // Memory, processor time and lag of the event loop have a price, which nobody pays who does not look.
    if (!this.collectsDefaults) collectDefaultMetrics({ register: this.registry });
    this.collectsDefaults = true;
    const counts = await this.counts.read().catch(() => null);
    this.show(counts);
    return this.registry.metrics();
  }

  batchCommitted({ succeeded, failed, skipped, elapsedMs }: Parameters<ProcessingObserver['batchCommitted']>[0]): void {
    this.assets.inc({ outcome: 'succeeded' }, succeeded);
    this.assets.inc({ outcome: 'failed' }, failed);
    this.assets.inc({ outcome: 'skipped' }, skipped);
    this.batches.observe(elapsedMs / 1000);
  }

  requestAnswered(method: string, route: string, status: number, seconds: number): void {
    this.requests.observe({ method, route, status }, seconds);
  }

  private show(counts: StateCounts | null): void {
    for (const gauge of [this.jobs, this.waiting, this.dead, this.lag]) gauge.reset();
    this.databaseUp.set(counts ? 1 : 0);
    if (!counts) return;
    for (const status of JOB_STATUSES) this.jobs.set({ status }, counts.jobs[status] ?? 0);
    for (const [receiver, n] of Object.entries(counts.outbox.waiting)) this.waiting.set({ receiver }, n);
    for (const [receiver, n] of Object.entries(counts.outbox.dead)) this.dead.set({ receiver }, n);
    this.lag.set(counts.outbox.oldestSeconds);
  }
}
