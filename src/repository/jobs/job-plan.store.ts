import { randomUUID } from 'node:crypto';
import { LeaseLostError } from '../../contracts/errors.js';
import { type EventPublisher, JOB_STARTED } from '../../contracts/events.js';
import type { BatchId, ClaimedJob, LogLine, PlanClaim, PlannedBatch } from '../../contracts/job.js';
import type { SqlExecutor, Tx } from '../../contracts/unit-of-work.js';
import { bulkInsert, type SqlValue } from '../unit-of-work/bulk.js';
import type { Database } from '../unit-of-work/database.js';
import type { JobLogStore } from './job-log.store.js';
import { BATCH, batchesByState, OPEN_STATES, stepsInStates } from './batch-state.js';
import { stageJobEvent } from './job-events.js';
import { ALL_STEPS, lockActiveJob, NO_COUNTS, selectCounts, STEP_NAME, STEP_NUMBER } from './job-rows.js';

interface StepRow {
  step: number | string;
  plan_status: string;
  plan_cursor: string | null;
  next_batch: number | string;
  is_free: number | string;
}

/** Planning, checkpointed: batches and cursor are saved together, under a lease. */
export class JobPlanStore {
  constructor(
    private readonly database: Database,
    private readonly log: JobLogStore,
    private readonly events: EventPublisher,
  ) {}

  async claim(processingId: string, owner: string, leaseMs: number): Promise<PlanClaim | null> {
    // Asked without a lock first, as each process does after each of its batches: the lock waits for all commits of the job, and they for it.
    if ((await this.plannableStep(this.database.reader, processingId)) === null) return null;
    return this.database.run(async (tx) => {
      const job = await lockActiveJob(tx, processingId, this.database.dialect.forUpdate);
      const step = job && (await this.plannableStep(tx, processingId));
      if (!job || !step) return null;
      const token = randomUUID();
      const claimed = await tx.execute(
        `UPDATE guides_job_step SET plan_status = 'IN_PROGRESS', lease_owner = ?, lease_token = ?, lease_until = ${this.now} + ?
          WHERE processing_id = ? AND step = ? AND plan_status <> 'SUCCESS' AND ${this.isFree}`,
        [owner, token, leaseMs, processingId, step.step],
      );
      if (claimed === 0) return null;
      await begin(tx, job, this.now, this.events);
      return {
        owner,
        token,
        epoch: job.epoch,
        job,
        step: STEP_NAME[Number(step.step) === STEP_NUMBER.process ? 0 : 1],
        cursor: step.plan_cursor,
        nextBatchNumber: Number(step.next_batch),
      };
    });
  }

  save(claim: PlanClaim, batches: readonly PlannedBatch[], cursor: string, lines: readonly LogLine[] = []): Promise<BatchId[]> {
    return this.database.run(async (tx) => {
      await this.fence(tx, claim);
      const first = await this.takeNumbers(tx, claim.job.processingId, STEP_NUMBER[claim.step], batches.length);
      await tx.execute('UPDATE guides_job_step SET plan_cursor = ? WHERE processing_id = ? AND step = ?', [
        cursor,
        claim.job.processingId,
        STEP_NUMBER[claim.step],
      ]);
      const ids = await this.insertBatches(tx, claim.job, claim.step, first, batches);
      await this.log.append(claim.job.processingId, lines, tx);
      return ids;
    });
  }

  finish(claim: PlanClaim, lines: readonly LogLine[], comments?: string): Promise<void> {
    return this.database.run(async (tx) => {
      await this.fence(tx, claim);
      const { processingId } = claim.job;
      await tx.execute(
        `UPDATE guides_job_step SET plan_status = 'SUCCESS', lease_owner = NULL, lease_token = NULL, lease_until = 0
          WHERE processing_id = ? AND step = ?`,
        [processingId, STEP_NUMBER[claim.step]],
      );
      if (comments !== undefined) {
        await tx.execute('UPDATE guides_job SET comments = ? WHERE processing_id = ?', [comments, processingId]);
      }
      await this.log.append(processingId, lines, tx);
    });
  }

  async release(claim: PlanClaim): Promise<void> {
    await this.database.run((tx) =>
      tx.execute(
        `UPDATE guides_job_step SET lease_owner = NULL, lease_token = NULL, lease_until = 0
          WHERE processing_id = ? AND step = ? AND lease_token = ?`,
        [claim.job.processingId, STEP_NUMBER[claim.step], claim.token],
      ),
    );
  }

  /** Inserts batches numbered from `first`. */
  async insertBatches(tx: Tx, job: ClaimedJob, step: PlanClaim['step'], first: number, batches: readonly PlannedBatch[]): Promise<BatchId[]> {
    const state = job.dryRun ? BATCH.COUNTED : BATCH.PENDING;
    const rows = batches.map((batch, i): SqlValue[] => [
      job.processingId,
      STEP_NUMBER[step],
      first + i,
      batch.fromKey,
      batch.toKey,
      batch.plannedCount,
      JSON.stringify(batch.plannedTypes),
      state,
      ...[0, 0, 0, 0, 0, 0, 0, 0, 0],
      '{}',
      '{}',
    ]);
    await bulkInsert(tx, this.database.dialect, { table: 'guides_job_batch', columns: BATCH_COLUMNS, rows });
    return batches.map((_, i) => ({ processingId: job.processingId, step, number: first + i }));
  }

  /** Reserves numbers for new batches; a split takes one too. */
  async takeNumbers(tx: Tx, processingId: string, step: number, count: number): Promise<number> {
    await tx.execute('UPDATE guides_job_step SET next_batch = next_batch + ? WHERE processing_id = ? AND step = ?', [
      count,
      processingId,
      step,
    ]);
    const [row] = await tx.query<{ next_batch: number | string }>(
      'SELECT next_batch FROM guides_job_step WHERE processing_id = ? AND step = ?',
      [processingId, step],
    );
    return Number(row?.next_batch) - count;
  }

  private get now(): string {
    return this.database.dialect.nowMs;
  }

  /** Of a step: nobody plans it. */
  private get isFree(): string {
    return `(lease_owner IS NULL OR lease_until < ${this.now})`;
  }

  /** The first step that is not planned yet, when nobody is at it and all before it are done with all their batches. */
  private async plannableStep(db: SqlExecutor, processingId: string): Promise<StepRow | null> {
    const rows = await db.query<StepRow>(
      `SELECT step, plan_status, plan_cursor, next_batch, ${this.isFree} AS is_free FROM guides_job_step
        WHERE processing_id = ? AND plan_status <> 'SUCCESS' ORDER BY step LIMIT 1`,
      [processingId],
    );
    const [step] = rows;
    if (!step || Number(step.is_free) === 0) return null;
    const batches = batchesByState(this.database.dialect);
    const before = ALL_STEPS.filter((number) => number < Number(step.step));
    for (const condition of stepsInStates(before, OPEN_STATES)) {
      const open = await db.query(`SELECT 1 AS one FROM ${batches} WHERE processing_id = ? AND ${condition} LIMIT 1`, [processingId]);
      if (open.length > 0) return null;
    }
    return step;
  }

  private async fence(tx: Tx, claim: PlanClaim): Promise<void> {
    const rows = await tx.query(
      `SELECT 1 AS one FROM guides_job WHERE processing_id = ? AND epoch = ? AND status = 'IN_PROGRESS'${this.database.dialect.forShare}`,
      [claim.job.processingId, claim.epoch],
    );
    const held = await tx.execute(
      'UPDATE guides_job_step SET lease_token = lease_token WHERE processing_id = ? AND step = ? AND lease_token = ?',
      [claim.job.processingId, STEP_NUMBER[claim.step], claim.token],
    );
    if (rows.length === 0 || held === 0) throw new LeaseLostError(`Planning of ${claim.job.processingId} is no longer ours.`);
  }
}

/** First work on a job, or first after a resume. */
export async function begin(tx: Tx, job: ClaimedJob, now: string, events: EventPublisher): Promise<void> {
  if (job.status !== 'WAITING') return;
  const begun = await tx.execute(
    `UPDATE guides_job SET status = 'IN_PROGRESS', started_at = CASE WHEN started_at = 0 THEN ${now} ELSE started_at END
      WHERE processing_id = ? AND status = 'WAITING'`,
    [job.processingId],
  );
  job.status = 'IN_PROGRESS';
  if (begun === 0 || job.startedAtMs !== 0) return;
  const counts = (await selectCounts(tx, [job.processingId])).get(job.processingId) ?? NO_COUNTS;
  await stageJobEvent(events, JOB_STARTED, { ...job, counts }, tx);
}

const BATCH_COLUMNS = [
  'processing_id',
  'step',
  'number',
  'from_key',
  'to_key',
  'planned_count',
  'planned_types',
  'state',
  'lease_until',
  'not_before',
  'attempts',
  'epoch',
  'succeeded',
  'failed',
  'skipped',
  'committed_at',
  'elapsed_ms',
  'type_counts',
  'type_elapsed',
] as const;

