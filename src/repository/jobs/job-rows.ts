import type { CalculationStatus, ClaimedJob, Job, JobCounts, JobFilter, JobStatus } from '../../contracts/job.js';
import type { SqlExecutor, Tx } from '../../contracts/unit-of-work.js';
import { BATCH } from './batch-state.js';

/** Numbers of the steps in the tables. */
export const STEP_NUMBER = { process: 0, resolve: 1 } as const;
export const STEP_NAME = ['process', 'resolve'] as const;
export const ALL_STEPS = Object.values(STEP_NUMBER);

interface JobRow {
  processing_id: string;
  type: string;
  path: string;
  excluded_paths: string;
  filter: string;
  dry_run: number;
  status: string;
  epoch: number | string;
  created_by: string;
  created_at: number | string;
  started_at: number | string;
  completed_at: number | string;
  comments: string;
  plan_status: string;
  log_lines: number | string;
}

interface CountsRow {
  processing_id: string;
  total: number | string | null;
  succeeded: number | string | null;
  failed: number | string | null;
  skipped: number | string | null;
}

const SELECT_JOBS = `SELECT j.*, s.plan_status, p.log_lines FROM guides_job j
  JOIN guides_job_step s ON s.processing_id = j.processing_id AND s.step = ${STEP_NUMBER.process}
  JOIN guides_job_progress p ON p.processing_id = j.processing_id`;

/** Jobs with their counts, in the order that `tail` (a WHERE, ORDER BY … clause) gives. */
export async function selectJobs(db: SqlExecutor, tail: string, parameters: readonly unknown[]): Promise<Job[]> {
  const rows = await db.query<JobRow>(`${SELECT_JOBS} ${tail}`, parameters);
  const counts = await selectCounts(db, rows.map((row) => row.processing_id));
  return rows.map((row) => ({ ...toClaimedJob(row), counts: counts.get(row.processing_id) ?? NO_COUNTS }));
}

/** The job, its control row locked against a cancel until the transaction ends; null when it is not active. */
export async function lockActiveJob(tx: Tx, processingId: string, lock: string): Promise<ClaimedJob | null> {
  await tx.query(`SELECT epoch FROM guides_job WHERE processing_id = ?${lock}`, [processingId]);
  const [row] = await tx.query<JobRow>(`${SELECT_JOBS} WHERE j.processing_id = ? AND j.status IN ('WAITING', 'IN_PROGRESS')`, [processingId]);
  return row ? toClaimedJob(row) : null;
}

/** Rule 4: counters are sums of committed batches; what is still open counts as planned. */
export async function selectCounts(db: SqlExecutor, processingIds: readonly string[]): Promise<Map<string, JobCounts>> {
  if (processingIds.length === 0) return new Map();
  const list = processingIds.map(() => '?').join(', ');
  const rows = await db.query<CountsRow>(
    `SELECT processing_id,
        SUM(CASE WHEN state = ${BATCH.DONE} THEN succeeded + failed + skipped ELSE planned_count END) AS total,
        SUM(succeeded) AS succeeded, SUM(failed) AS failed, SUM(skipped) AS skipped
       FROM guides_job_batch
      WHERE processing_id IN (${list}) AND step = ${STEP_NUMBER.process}
      GROUP BY processing_id`,
    processingIds,
  );
  return new Map(
    rows.map((row) => [
      row.processing_id,
      {
        total: Number(row.total),
        succeeded: Number(row.succeeded),
        failed: Number(row.failed),
        skipped: Number(row.skipped),
      },
    ]),
  );
}

export const NO_COUNTS: JobCounts = { total: 0, succeeded: 0, failed: 0, skipped: 0 };

function toClaimedJob(row: JobRow): ClaimedJob {
  return {
    processingId: row.processing_id,
    type: row.type,
    path: row.path,
    excludedPaths: JSON.parse(row.excluded_paths) as string[],
    filter: JSON.parse(row.filter) as JobFilter,
    dryRun: row.dry_run === 1,
    status: row.status as JobStatus,
    epoch: Number(row.epoch),
    createdBy: row.created_by,
    createdAtMs: Number(row.created_at),
    startedAtMs: Number(row.started_at),
    completedAtMs: Number(row.completed_at),
    comments: row.comments,
    calculationStatus: row.plan_status as CalculationStatus,
    hasLogs: Number(row.log_lines) > 0,
  };
}
