import { randomUUID } from 'node:crypto';
import { LeaseLostError } from '../../contracts/errors.js';
import type { EventPublisher } from '../../contracts/events.js';
import type {
  AssetTypeCounts,
  BatchClaim,
  BatchId,
  BatchOutcome,
  Job,
  JobProgress,
  PlanClaim,
  PlannedBatch,
} from '../../contracts/job.js';
import type { Tx } from '../../contracts/unit-of-work.js';
import type { Database } from '../unit-of-work/database.js';
import type { JobLogStore } from './job-log.store.js';
import { begin, type JobPlanStore } from './job-plan.store.js';
import { BATCH, batchesByState, OPEN_STATES, stepsInStates } from './batch-state.js';
import { heldClaim, renewal } from './held-claim.js';
import { ALL_STEPS, lockActiveJob, STEP_NAME, STEP_NUMBER } from './job-rows.js';

interface BatchRow {
  processing_id: string;
  step: number | string;
  number: number | string;
  from_key: string;
  to_key: string;
  planned_count: number | string;
  planned_types: string;
  attempts: number | string;
}

/** Batches that the ETA looks forward to. */
const SAMPLED_BATCHES = 200;
/** Commits that the ETA looks back on. */
const RECENT_BATCHES = 20;
const KEY = 'processing_id = ? AND step = ? AND number = ?';

/**
 * Batches under lease. PENDING → CLAIMED → DONE; CLAIMED → PENDING when given back, cancelled, or run out. Every write
 * names the claim's token and the job's epoch: none of another's work is ever overwritten (rule 3).
 */
export class JobBatchStore {
  constructor(
    private readonly database: Database,
    private readonly plans: JobPlanStore,
    private readonly log: JobLogStore,
    private readonly events: EventPublisher,
  ) {}

  claim(id: BatchId, owner: string, leaseMs: number): Promise<BatchClaim | null> {
    return this.database.run(async (tx) => {
      const job = await lockActiveJob(tx, id.processingId, this.database.dialect.forShare);
      if (!job) return null;
      const token = randomUUID();
      const claimed = await tx.execute(
        `UPDATE guides_job_batch SET state = ${BATCH.CLAIMED}, attempts = attempts + 1, lease_owner = ?, lease_token = ?,
            lease_until = ${this.now} + ?
          WHERE ${KEY} AND (state = ${BATCH.PENDING} OR (state = ${BATCH.CLAIMED} AND lease_until < ${this.now}))`,
        [owner, token, leaseMs, ...key(id)],
      );
      if (claimed === 0) return null;
      await begin(tx, job, this.now, this.events);
      const [row] = await tx.query<BatchRow>(`SELECT * FROM guides_job_batch WHERE ${KEY}`, key(id));
      return row ? { ...id, ...planned(row), owner, token, epoch: job.epoch, job, attempt: Number(row.attempts) } : null;
    });
  }

  split(claim: BatchClaim, lastKey: string, rest: PlannedBatch): Promise<BatchId> {
    return this.database.run(async (tx) => {
      await this.fence(claim, tx);
      const number = await this.plans.takeNumbers(tx, claim.processingId, STEP_NUMBER[claim.step], 1);
      const [id] = await this.plans.insertBatches(tx, claim.job, claim.step, number, [rest]);
      await tx.execute(`UPDATE guides_job_batch SET to_key = ?, planned_count = ? WHERE ${KEY}`, [
        lastKey,
        Math.max(0, claim.plannedCount - rest.plannedCount),
        ...key(claim),
      ]);
      return id ?? { processingId: claim.processingId, step: claim.step, number };
    });
  }

  async fence(claim: BatchClaim, tx: Tx): Promise<void> {
    // Shared: batches of one job do not wait for each other, but a cancel waits for them, and they for it.
    const job = await tx.query(
      `SELECT 1 AS one FROM guides_job WHERE processing_id = ? AND epoch = ? AND status = 'IN_PROGRESS'${this.database.dialect.forShare}`,
      [claim.processingId, claim.epoch],
    );
    const batch = await tx.query(
      `SELECT 1 AS one FROM guides_job_batch WHERE ${KEY} AND state = ${BATCH.CLAIMED} AND lease_token = ?${this.database.dialect.forUpdate}`,
      [...key(claim), claim.token],
    );
    if (job.length === 0 || batch.length === 0) {
      throw new LeaseLostError(`Batch ${claim.number} of ${claim.processingId} is no longer ours.`);
    }
  }

  async commit(claim: BatchClaim, outcome: BatchOutcome, tx: Tx): Promise<void> {
    const done = await tx.execute(
      `UPDATE guides_job_batch SET state = ${BATCH.DONE}, lease_owner = NULL, lease_until = 0, epoch = ?, succeeded = ?, failed = ?,
          skipped = ?, committed_at = ${this.now}, elapsed_ms = ?, type_counts = ?, type_elapsed = ?
        WHERE ${KEY} AND state = ${BATCH.CLAIMED} AND lease_token = ?`,
      [
        claim.epoch,
        outcome.succeeded,
        outcome.failed,
        outcome.skipped,
        Math.round(outcome.elapsedMs),
        JSON.stringify(outcome.typeCounts),
        JSON.stringify(outcome.typeElapsedMs),
        ...key(claim),
        claim.token,
      ],
    );
    if (done === 0) throw new LeaseLostError(`Batch ${claim.number} of ${claim.processingId} is no longer ours.`);
    await this.log.addFailures(claim.processingId, claim.number, outcome.failures, tx);
    await this.log.append(claim.processingId, outcome.lines, tx);
  }

  async isCommitted(claim: BatchClaim): Promise<boolean> {
    const rows = await this.database.reader.query(
      `SELECT 1 AS one FROM guides_job_batch WHERE ${KEY} AND state = ${BATCH.DONE} AND lease_token = ?`,
      [...key(claim), claim.token],
    );
    return rows.length > 0;
  }

  async release(claim: BatchClaim, delayMs: number): Promise<void> {
    await this.database.run((tx) =>
      tx.execute(
        `UPDATE guides_job_batch SET state = ${BATCH.PENDING}, lease_owner = NULL, lease_token = NULL, lease_until = 0,
            not_before = ${this.now} + ?, attempts = attempts - ?
          WHERE ${KEY} AND state = ${BATCH.CLAIMED} AND lease_token = ?`,
        // Given back unharmed: the try does not count.
        [delayMs, delayMs === 0 ? 1 : 0, ...key(claim), claim.token],
      ),
    );
  }

  async renew(claim: BatchClaim | PlanClaim, leaseMs: number): Promise<void> {
    const { sql, parameters } = renewal(heldClaim(claim), leaseMs, this.database.dialect);
    await this.database.run((tx) => tx.execute(sql, parameters));
  }

  async expireOwners(isDead: (owner: string) => boolean): Promise<number> {
    const rows = await this.database.reader.query<{ lease_owner: string }>(
      `SELECT DISTINCT b.lease_owner FROM guides_job j JOIN guides_job_batch b ON b.processing_id = j.processing_id
          AND b.step IN (0, 1) AND b.state = ${BATCH.CLAIMED} WHERE j.active_key IS NOT NULL
        UNION SELECT s.lease_owner FROM guides_job j JOIN guides_job_step s ON s.processing_id = j.processing_id
          WHERE j.active_key IS NOT NULL AND s.lease_owner IS NOT NULL`,
    );
    let expired = 0;
    for (const { lease_owner: owner } of rows) {
      if (!isDead(owner)) continue;
      expired += await this.database.run(async (tx) => {
        const batches = await tx.execute(
          `UPDATE guides_job_batch SET lease_until = 0 WHERE lease_owner = ? AND state = ${BATCH.CLAIMED}`,
          [owner],
        );
        return batches + (await tx.execute('UPDATE guides_job_step SET lease_until = 0 WHERE lease_owner = ?', [owner]));
      });
    }
    return expired;
  }

  /** Lowest numbers first, so that a small job does not wait for the end of a large one. */
  async due(limit: number): Promise<BatchId[]> {
    const jobs = await this.database.reader.query<{ processing_id: string }>(
      'SELECT processing_id FROM guides_job WHERE active_key IS NOT NULL ORDER BY created_at, processing_id',
    );
    const due: BatchId[] = [];
    for (const { processing_id: processingId } of jobs) {
      due.push(...(await this.dueOf(processingId, limit)));
    }
    return due.sort((a, b) => a.number - b.number).slice(0, limit);
  }

  private async dueOf(processingId: string, limit: number): Promise<BatchId[]> {
    const batches = batchesByState(this.database.dialect);
    const first = (condition: string): string =>
      `SELECT * FROM (SELECT step, number FROM ${batches} WHERE processing_id = ? AND ${condition} ORDER BY number LIMIT ?) t`;
    const portions = [
      ...stepsInStates(ALL_STEPS, [BATCH.PENDING]).map((condition) => first(`${condition} AND not_before <= ${this.now}`)),
      ...stepsInStates(ALL_STEPS, [BATCH.CLAIMED]).map((condition) => first(`${condition} AND lease_until < ${this.now}`)),
    ];
    const rows = await this.database.reader.query<{ step: number | string; number: number | string }>(
      portions.join(' UNION ALL '),
      portions.flatMap(() => [processingId, limit]),
    );
    return rows.map((row) => ({ processingId, step: stepName(row.step), number: Number(row.number) }));
  }

  async progress(job: Job): Promise<JobProgress> {
    const { processingId, epoch } = job;
    const recent = await this.database.reader.query<{
      committed_at: number | string;
      elapsed_ms: number | string;
      type_counts: string;
      type_elapsed: string;
    }>(
      `SELECT committed_at, elapsed_ms, type_counts, type_elapsed FROM guides_job_batch
        WHERE processing_id = ? AND epoch = ? AND step = ${STEP_NUMBER.process} AND state = ${BATCH.DONE}
        ORDER BY committed_at DESC LIMIT ${RECENT_BATCHES}`,
      [processingId, epoch],
    );
    return {
      recent: recent.map((row) => ({
        committedAtMs: Number(row.committed_at),
        elapsedMs: Number(row.elapsed_ms),
        typeCounts: JSON.parse(row.type_counts) as AssetTypeCounts,
        typeElapsedMs: JSON.parse(row.type_elapsed) as AssetTypeCounts,
      })),
      remaining: await this.remaining(job),
    };
  }

  async plannedTypes(processingId: string): Promise<AssetTypeCounts> {
    const rows = await this.database.reader.query<{ planned_types: string; batches: number | string }>(
      `SELECT planned_types, COUNT(*) AS batches FROM guides_job_batch
        WHERE processing_id = ? AND step = ${STEP_NUMBER.process} GROUP BY planned_types`,
      [processingId],
    );
    return addUp(rows.map((row) => ({ types: JSON.parse(row.planned_types) as AssetTypeCounts, times: Number(row.batches) })));
  }

  /** Types of what is left to do: of the next batches, and where there are more, as if all others were like these. */
  private async remaining({ processingId, counts }: Job): Promise<AssetTypeCounts> {
    const sample: AssetTypeCounts[] = [];
    for (const condition of stepsInStates([STEP_NUMBER.process], OPEN_STATES)) {
      const rows = await this.database.reader.query<{ planned_types: string }>(
        `SELECT planned_types FROM ${batchesByState(this.database.dialect)} WHERE processing_id = ? AND ${condition} ORDER BY number LIMIT ?`,
        [processingId, SAMPLED_BATCHES],
      );
      sample.push(...rows.map((row) => JSON.parse(row.planned_types) as AssetTypeCounts));
    }
    const { total, succeeded, failed, skipped } = counts;
    const sampled = sample.flatMap((types) => Object.values(types)).reduce((sum, count) => sum + count, 0);
    return addUp(sample.map((types) => ({ types, times: (total - succeeded - failed - skipped) / sampled })));
  }

  private get now(): string {
    return this.database.dialect.nowMs;
  }
}

function key(id: BatchId): [string, number, number] {
  return [id.processingId, STEP_NUMBER[id.step], id.number];
}

function stepName(step: number | string): BatchId['step'] {
  return STEP_NAME[Number(step) === STEP_NUMBER.process ? 0 : 1];
}

function planned(row: BatchRow): PlannedBatch {
  return {
    fromKey: row.from_key,
    toKey: row.to_key,
    plannedCount: Number(row.planned_count),
    plannedTypes: JSON.parse(row.planned_types) as AssetTypeCounts,
  };
}

function addUp(portions: readonly { types: AssetTypeCounts; times: number }[]): AssetTypeCounts {
  const sum: AssetTypeCounts = {};
  for (const { types, times } of portions) {
    for (const [type, count] of Object.entries(types) as [keyof AssetTypeCounts, number][]) {
      sum[type] = (sum[type] ?? 0) + count * times;
    }
  }
  return sum;
}
