import { ASSET_PROCESSING, type BatchClaim, type BatchId, type BatchOutcome, type Job, type JobRequest, type PlannedBatch } from '../../src/contracts/job.js';
import { SqlJobStore } from '../../src/repository/jobs/job.store.js';
import type { Database } from '../../src/repository/unit-of-work/database.js';
import { type DatabaseName, TestDatabase } from './databases.js';

/** A lease that nothing here outlives, and one that has run out when it is given. */
export const LONG_MS = 60_000;
export const EXPIRED_MS = -1;

/** Assets planned for each batch. */
export const PER_BATCH = 10;

/** Two instances of the service on one database, each with a job store. */
export class JobFixture {
  private paths = 0;

  private constructor(
    private readonly testDatabase: TestDatabase,
    readonly database: Database,
    readonly store: SqlJobStore,
    readonly otherDatabase: Database,
    readonly otherStore: SqlJobStore,
  ) {}

  static async open(name: DatabaseName): Promise<JobFixture> {
    const testDatabase = await TestDatabase.create(name);
    const [database, other] = [await testDatabase.open(), await testDatabase.open()];
    return new JobFixture(testDatabase, database, new SqlJobStore(database), other, new SqlJobStore(other));
  }

  /** Both stores, in turn. */
  storeOf(i: number): SqlJobStore {
    return i % 2 === 0 ? this.store : this.otherStore;
  }

  /** A path that no other job uses. */
  newPath(): string {
    return `/content/dam/t${++this.paths}`;
  }

  create(change: Partial<JobRequest> = {}): Promise<Job> {
    return this.store.create(requestOf(this.newPath(), change), 'tester');
  }

  /** A job whose first step is planned in `batches` batches, none of them begun. */
  async planned(batches: number, change: Partial<JobRequest> = {}): Promise<{ job: Job; ids: BatchId[] }> {
    const { processingId } = await this.create(change);
    const claim = await this.plan(processingId);
    const ids = await this.store.savePlan(claim, Array.from({ length: batches }, (_, i) => plannedBatch(i)), 'cursor');
    await this.store.finishPlan(claim, []);
    return { job: await this.job(processingId), ids };
  }

  /** Takes the planning of the step that is next. */
  async plan(processingId: string) {
    const claim = await this.store.claimPlan(processingId, 'planner', LONG_MS);
    if (!claim) throw new Error(`Nothing to be planned of ${processingId}.`);
    return claim;
  }

  async claim(id: BatchId, leaseMs = LONG_MS, owner = 'worker'): Promise<BatchClaim> {
    const claim = await this.store.claimBatch(id, owner, leaseMs);
    if (!claim) throw new Error(`Batch ${id.number} cannot be claimed.`);
    return claim;
  }

  /** Fences and commits, as the batch runner does. */
  commit(claim: BatchClaim, change: Partial<BatchOutcome> = {}): Promise<void> {
    return this.database.run(async (tx) => {
      await this.store.fence(claim, tx);
      await this.store.commitBatch(claim, outcomeOf(change), tx);
    });
  }

  /** Plans the reference phase without batches, so that nothing is left to do. */
  async planReferencePhase(processingId: string): Promise<void> {
    await this.store.finishPlan(await this.plan(processingId), []);
  }

  async job(processingId: string): Promise<Job> {
    const job = await this.store.find(processingId);
    if (!job) throw new Error(`No job ${processingId}.`);
    return job;
  }

  /** The whole log without times. */
  async log(processingId: string): Promise<string[]> {
    const { lines } = await this.store.readLog(processingId, { offset: 0, limit: 1_000_000 });
    return lines.map((line) => line.slice(line.indexOf(' ') + 1));
  }

  /** How many rows of a table belong to the job. */
  async rowsOf(table: string, processingId: string): Promise<number> {
    const [row] = await this.database.reader.query<{ n: number | string }>(`SELECT COUNT(*) AS n FROM ${table} WHERE processing_id = ?`, [processingId]);
    return Number(row?.n);
  }

  close(): Promise<void> {
    return this.testDatabase.drop();
  }
}

export function requestOf(path: string, change: Partial<JobRequest> = {}): JobRequest {
  return { type: ASSET_PROCESSING, path, excludedPaths: [], filter: { fileTypes: [], filterProcessedAssets: false }, dryRun: false, ...change };
}

export function plannedBatch(i: number): PlannedBatch {
  return { fromKey: `/content/dam/${i}/a`, toKey: `/content/dam/${i}/z`, plannedCount: PER_BATCH, plannedTypes: { DITATOPIC: PER_BATCH } };
}

export function outcomeOf(change: Partial<BatchOutcome> = {}): BatchOutcome {
  return { succeeded: PER_BATCH, failed: 0, skipped: 0, elapsedMs: 5, typeCounts: { DITATOPIC: PER_BATCH }, typeElapsedMs: { DITATOPIC: 5 }, lines: [], failures: [], ...change };
}

/** How many of these promises were kept, and the errors of the others. */
export async function outcomesOf<T>(promises: readonly Promise<T>[]): Promise<{ kept: T[]; errors: unknown[] }> {
  const settled = await Promise.allSettled(promises);
  return {
    kept: settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])),
    errors: settled.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : [])),
  };
}
