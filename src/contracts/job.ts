import type { FileType } from './asset.js';
import type { Tx } from './unit-of-work.js';

export const JOB_STATUSES = ['WAITING', 'IN_PROGRESS', 'SUCCESS', 'FAILED', 'CANCELLED'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];
export type CalculationStatus = 'WAITING' | 'IN_PROGRESS' | 'SUCCESS' | 'FAILED';

export const ASSET_PROCESSING = 'ASSET_PROCESSING';
/** `createdBy` of jobs that the schedule started. */
export const SYSTEM_USER = 'System';

export interface JobFilter {
  /** Empty: all. */
  fileTypes: FileType[];
  /** Inclusive bounds on the asset's creation, epoch ms. */
  startTime?: number;
  endTime?: number;
  filterProcessedAssets: boolean;
}

/** What a user asked for; normalised, immutable, reused by restart. */
export interface JobRequest {
  type: string;
  path: string;
  excludedPaths: string[];
  filter: JobFilter;
  dryRun: boolean;
}

/** Counts of assets, all from committed batches. succeeded + failed + skipped = triggered. */
export interface JobCounts {
  total: number;
  succeeded: number;
  failed: number;
  skipped: number;
}

export interface Job extends JobRequest {
  processingId: string;
  status: JobStatus;
  /** Raised by cancel and resume; work begun under an older epoch can no longer commit. */
  epoch: number;
  createdBy: string;
  createdAtMs: number;
  /** 0 until it happens. */
  startedAtMs: number;
  completedAtMs: number;
  comments: string;
  calculationStatus: CalculationStatus;
  counts: JobCounts;
  hasLogs: boolean;
}

/** A job as its workers see it: the sums over its batches are read where they are shown, not at every claim. */
export type ClaimedJob = Omit<Job, 'counts'>;

/**
 * The two steps of a job. `process`: batches are ranges of paths. `resolve` (the reference phase): batches are ranges of
 * source ids, and count no assets.
 */
export type StepName = 'process' | 'resolve';
export const STEPS: readonly StepName[] = ['process', 'resolve'];

export interface BatchId {
  processingId: string;
  step: StepName;
  /** 0, 1, 2 … in key order as planned; a split adds one at the end. */
  number: number;
}

export type AssetTypeCounts = Partial<Record<FileType, number>>;

export interface PlannedBatch {
  /** First and last key, both inclusive: paths, or source ids as decimal text. */
  fromKey: string;
  toKey: string;
  plannedCount: number;
  /** Planned assets by the type that their name suggests; for the ETA. */
  plannedTypes: AssetTypeCounts;
}

/** A right to work on a batch or on planning, until the lease ends. */
export interface Claim {
  owner: string;
  /** Fresh for every claim. */
  token: string;
  /** The job's epoch when claimed. */
  epoch: number;
}

export interface BatchClaim extends Claim, BatchId, PlannedBatch {
  job: ClaimedJob;
  /** How many times this batch was claimed, with this time. */
  attempt: number;
}

export interface PlanClaim extends Claim {
  job: ClaimedJob;
  step: StepName;
  /** Last key that is planned, null at the start. */
  cursor: string | null;
  nextBatchNumber: number;
}

export type LogLevel = 'INFO' | 'WARN' | 'ERROR';

/** One line of a job's log, before its time is put in front. */
export interface LogLine {
  level: LogLevel;
  /** Control characters are escaped by the store. */
  text: string;
}

export interface AssetFailure {
  path: string;
  fileType: FileType;
  step: string;
  error: string;
  line: number | null;
  column: number | null;
}

/** What a finished batch leaves behind, besides the assets' own results. */
export interface BatchOutcome {
  succeeded: number;
  failed: number;
  skipped: number;
  /** Wall time from claim to commit. */
  elapsedMs: number;
  /** Assets done and time spent on them by type, for the ETA. */
  typeCounts: AssetTypeCounts;
  typeElapsedMs: AssetTypeCounts;
  lines: LogLine[];
  failures: AssetFailure[];
}

/** A batch that committed lately, or one that is still to do: what the ETA is made of. */
export interface BatchRate {
  committedAtMs: number;
  elapsedMs: number;
  typeCounts: AssetTypeCounts;
  typeElapsedMs: AssetTypeCounts;
}

export interface JobProgress {
  /** The newest commits of the current epoch, newest first. */
  recent: BatchRate[];
  remaining: AssetTypeCounts;
}

export interface LogPage {
  lines: string[];
  offset: number;
  hasMore: boolean;
}

/** The durable truth about jobs (processing.md, rules 1–7). Times by the database's clock. */
export interface JobStore {
  /** @throws JobAlreadyActiveError by a database constraint. */
  create(request: JobRequest, createdBy: string): Promise<Job>;
  find(processingId: string): Promise<Job | null>;
  /** Newest first. */
  history(limit: number): Promise<Job[]>;
  progress(job: Job): Promise<JobProgress>;
  /** Planned assets by the type that their names suggest. */
  plannedTypes(processingId: string): Promise<AssetTypeCounts>;

  /** Exactly one caller wins. @throws UnknownJobError, IllegalJobStateError */
  cancel(processingId: string, by: string): Promise<Job>;
  /** @throws UnknownJobError, IllegalJobStateError, JobAlreadyActiveError */
  resume(processingId: string, by: string): Promise<Job>;
  /** Ends an active job of this epoch as FAILED. False when it was no longer active. */
  fail(processingId: string, epoch: number, reason: string): Promise<boolean>;

  /** The step that may be planned now, if its lease is free. */
  claimPlan(processingId: string, owner: string, leaseMs: number): Promise<PlanClaim | null>;
  /** Adds batches and moves the cursor, together. @throws LeaseLostError */
  savePlan(claim: PlanClaim, batches: readonly PlannedBatch[], cursor: string, lines?: readonly LogLine[]): Promise<BatchId[]>;
  /** @throws LeaseLostError */
  finishPlan(claim: PlanClaim, lines: readonly LogLine[], comments?: string): Promise<void>;
  releasePlan(claim: PlanClaim): Promise<void>;

  claimBatch(id: BatchId, owner: string, leaseMs: number): Promise<BatchClaim | null>;
  /** Puts all after `lastKey` into a new batch; the claim keeps what lies before. @throws LeaseLostError */
  splitBatch(claim: BatchClaim, lastKey: string, rest: PlannedBatch): Promise<BatchId>;
  /** First statement of the batch's transaction: fences it. @throws LeaseLostError */
  fence(claim: BatchClaim, tx: Tx): Promise<void>;
  /** Last statements of the batch's transaction: batch DONE, log, failures. */
  commitBatch(claim: BatchClaim, outcome: BatchOutcome, tx: Tx): Promise<void>;
  /** After a connection lost at COMMIT: did this claim commit? */
  isCommitted(claim: BatchClaim): Promise<boolean>;
  /** Gives the batch back unharmed (shutdown), or after a failure, to be tried again not before `delayMs`. */
  releaseBatch(claim: BatchClaim, delayMs: number): Promise<void>;

  /** Prolongs the lease of this claim, if it still holds. */
  renew(claim: BatchClaim | PlanClaim, leaseMs: number): Promise<void>;
  /** Frees the leases of owners that are known to be dead. */
  expireOwners(isDead: (owner: string) => boolean): Promise<number>;

  /** Ids of jobs that are WAITING or IN_PROGRESS, oldest first. */
  activeJobs(): Promise<string[]>;
  /** Batches that nobody works on and that are due, at most `limit`. */
  dueBatches(limit: number): Promise<BatchId[]>;
  /** One conditional update (rule 5): next step, or SUCCESS, or FAILED by the threshold. The job when it ended here. */
  settle(processingId: string, failureThreshold: number | null): Promise<Job | null>;

  appendLog(processingId: string, lines: readonly LogLine[]): Promise<void>;
  readLog(processingId: string, page: { offset: number; limit: number } | { tail: number }): Promise<LogPage>;
  /** Whole log in chunks of text, each ending in a newline. */
  streamLog(processingId: string): AsyncIterable<string>;
  streamFailures(processingId: string): AsyncIterable<AssetFailure[]>;

  /** Claims the slot `slotMs` of a schedule for the whole cluster; exactly one caller gets true. */
  claimTick(schedule: string, slotMs: number): Promise<boolean>;
  /** Deletes one portion of what is older; true when there is more. Keeps the newest `keep` jobs and all active ones. */
  purge(olderThanMs: number, keep: number): Promise<boolean>;
}
