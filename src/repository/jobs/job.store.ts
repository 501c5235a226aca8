import { type EventPublisher, NO_LISTENERS } from '../../contracts/events.js';
import type {
  AssetFailure,
  AssetTypeCounts,
  BatchClaim,
  BatchId,
  BatchOutcome,
  Job,
  JobProgress,
  JobRequest,
  JobStore,
  LogLine,
  LogPage,
  PlanClaim,
  PlannedBatch,
} from '../../contracts/job.js';
import type { Tx } from '../../contracts/unit-of-work.js';
import type { Database } from '../unit-of-work/database.js';
import { JobBatchStore } from './job-batch.store.js';
import { JobControlStore } from './job-control.store.js';
import { JobLogStore } from './job-log.store.js';
import { JobPlanStore } from './job-plan.store.js';
import { JobRetentionStore } from './job-retention.store.js';

/** Jobs in SQL tables: the parts of the store, behind the one port. */
export class SqlJobStore implements JobStore {
  private readonly log: JobLogStore;
  private readonly control: JobControlStore;
  private readonly plans: JobPlanStore;
  private readonly batches: JobBatchStore;
  private readonly retention: JobRetentionStore;

  /** @param events hears of what happens to jobs, by the transactions that make it happen. */
  constructor(
    private readonly database: Database,
    events: EventPublisher = NO_LISTENERS,
  ) {
    this.log = new JobLogStore(database);
    this.control = new JobControlStore(database, this.log, events);
    this.plans = new JobPlanStore(database, this.log, events);
    this.batches = new JobBatchStore(database, this.plans, this.log, events);
    this.retention = new JobRetentionStore(database);
  }

  create(request: JobRequest, createdBy: string): Promise<Job> {
    return this.control.create(request, createdBy);
  }

  find(processingId: string): Promise<Job | null> {
    return this.control.find(processingId);
  }

  history(limit: number): Promise<Job[]> {
    return this.control.history(limit);
  }

  progress(job: Job): Promise<JobProgress> {
    return this.batches.progress(job);
  }

  plannedTypes(processingId: string): Promise<AssetTypeCounts> {
    return this.batches.plannedTypes(processingId);
  }

  cancel(processingId: string, by: string): Promise<Job> {
    return this.control.cancel(processingId, by);
  }

  resume(processingId: string, by: string): Promise<Job> {
    return this.control.resume(processingId, by);
  }

  fail(processingId: string, epoch: number, reason: string): Promise<boolean> {
    return this.control.fail(processingId, epoch, reason);
  }

  claimPlan(processingId: string, owner: string, leaseMs: number): Promise<PlanClaim | null> {
    return this.plans.claim(processingId, owner, leaseMs);
  }

  savePlan(claim: PlanClaim, batches: readonly PlannedBatch[], cursor: string, lines?: readonly LogLine[]): Promise<BatchId[]> {
    return this.plans.save(claim, batches, cursor, lines);
  }

  finishPlan(claim: PlanClaim, lines: readonly LogLine[], comments?: string): Promise<void> {
    return this.plans.finish(claim, lines, comments);
  }

  releasePlan(claim: PlanClaim): Promise<void> {
    return this.plans.release(claim);
  }

  claimBatch(id: BatchId, owner: string, leaseMs: number): Promise<BatchClaim | null> {
    return this.batches.claim(id, owner, leaseMs);
  }

  splitBatch(claim: BatchClaim, lastKey: string, rest: PlannedBatch): Promise<BatchId> {
    return this.batches.split(claim, lastKey, rest);
  }

  fence(claim: BatchClaim, tx: Tx): Promise<void> {
    return this.batches.fence(claim, tx);
  }

  commitBatch(claim: BatchClaim, outcome: BatchOutcome, tx: Tx): Promise<void> {
    return this.batches.commit(claim, outcome, tx);
  }

  isCommitted(claim: BatchClaim): Promise<boolean> {
    return this.batches.isCommitted(claim);
  }

  releaseBatch(claim: BatchClaim, delayMs: number): Promise<void> {
    return this.batches.release(claim, delayMs);
  }

  renew(claim: BatchClaim | PlanClaim, leaseMs: number): Promise<void> {
    return this.batches.renew(claim, leaseMs);
  }

  expireOwners(isDead: (owner: string) => boolean): Promise<number> {
    return this.batches.expireOwners(isDead);
  }

  activeJobs(): Promise<string[]> {
    return this.control.activeJobs();
  }

  dueBatches(limit: number): Promise<BatchId[]> {
    return this.batches.due(limit);
  }

  settle(processingId: string, failureThreshold: number | null): Promise<Job | null> {
    return this.control.settle(processingId, failureThreshold);
  }

  async appendLog(processingId: string, lines: readonly LogLine[]): Promise<void> {
    await this.database.run((tx) => this.log.append(processingId, lines, tx));
  }

  readLog(processingId: string, page: { offset: number; limit: number } | { tail: number }): Promise<LogPage> {
    return this.log.read(processingId, page);
  }

  streamLog(processingId: string): AsyncIterable<string> {
    return this.log.stream(processingId);
  }

  streamFailures(processingId: string): AsyncIterable<AssetFailure[]> {
    return this.log.streamFailures(processingId);
  }

  claimTick(schedule: string, slotMs: number): Promise<boolean> {
    return this.retention.claimTick(schedule, slotMs);
  }

  purge(olderThanMs: number, keep: number): Promise<boolean> {
    return this.retention.purge(olderThanMs, keep);
  }
}
