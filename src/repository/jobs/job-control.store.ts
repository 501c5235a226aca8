import { createHash, randomUUID } from 'node:crypto';
import { IllegalJobStateError, JobAlreadyActiveError, RepositoryUnavailableError, UnknownJobError } from '../../contracts/errors.js';
import { type EventPublisher, JOB_CANCELLED, JOB_COMPLETED, JOB_FAILED, JOB_RESUMED, type JobEventName } from '../../contracts/events.js';
import type { Job, JobRequest, JobStatus, LogLine } from '../../contracts/job.js';
import type { SqlExecutor, Tx } from '../../contracts/unit-of-work.js';
import { isUniqueViolation } from '../unit-of-work/driver-errors.js';
import type { Database } from '../unit-of-work/database.js';
import type { Dialect } from '../unit-of-work/dialect.js';
import type { JobLogStore } from './job-log.store.js';
import { BATCH, batchesByState, OPEN_STATES, stepsInStates } from './batch-state.js';
import { stageJobEvent } from './job-events.js';
import { ALL_STEPS, selectJobs, STEP_NUMBER } from './job-rows.js';

const ACTIVE = "status IN ('WAITING', 'IN_PROGRESS')";

/** How often a start looks again for the job that was in its way, when that one ended in between. */
const START_TRIES = 5;

/**
 * The control row of jobs: start, cancel, resume, end. Every change is one conditional update, so of several at the
 * same moment exactly one wins (processing.md, rule 5).
 *
 *   WAITING → IN_PROGRESS → SUCCESS | FAILED
 *   WAITING, IN_PROGRESS → CANCELLED        (cancel)
 *   FAILED, CANCELLED → WAITING             (resume)
 */
export class JobControlStore {
  constructor(
    private readonly database: Database,
    private readonly log: JobLogStore,
    private readonly events: EventPublisher,
  ) {}

  async create(request: JobRequest, createdBy: string): Promise<Job> {
    const processingId = randomUUID();
    for (let attempt = 0; attempt < START_TRIES; attempt++) {
      try {
        await this.database.run((tx) => this.insert(tx, processingId, request, createdBy), { durable: true });
        return await this.get(this.database.reader, processingId);
      } catch (error) {
        if (!isUniqueViolation(error)) throw error;
        const active = await this.activeId(request.type, request.path);
        if (active) throw new JobAlreadyActiveError(request.path, active);
      }
    }
    throw new RepositoryUnavailableError(`Too many jobs start and end on ${request.path} at this moment.`);
  }

  async find(processingId: string): Promise<Job | null> {
    const [job] = await selectJobs(this.database.reader, 'WHERE j.processing_id = ?', [processingId]);
    return job ?? null;
  }

  history(limit: number): Promise<Job[]> {
    return selectJobs(this.database.reader, 'ORDER BY j.created_at DESC, j.processing_id DESC LIMIT ?', [limit]);
  }

  async activeJobs(): Promise<string[]> {
    const rows = await this.database.reader.query<{ processing_id: string }>(
      'SELECT processing_id FROM guides_job WHERE active_key IS NOT NULL ORDER BY created_at, processing_id',
    );
    return rows.map((row) => row.processing_id);
  }

  cancel(processingId: string, by: string): Promise<Job> {
    return this.database.run(
      async (tx) => {
        const changed = await tx.execute(
          `UPDATE guides_job SET status = 'CANCELLED', epoch = epoch + 1, active_key = NULL, completed_at = ${this.now}
            WHERE processing_id = ? AND ${ACTIVE}`,
          [processingId],
        );
        if (changed === 0) throw await this.refusal(tx, processingId, 'cancelled');
        await this.dropLeases(tx, processingId);
        await this.log.append(processingId, [{ level: 'INFO', text: `Job cancelled by ${by}` }], tx);
        return this.announced(JOB_CANCELLED, await this.get(tx, processingId), tx);
      },
      { durable: true },
    );
  }

  async resume(processingId: string, by: string): Promise<Job> {
    try {
      return await this.database.run(
        async (tx) => {
          const [row] = await tx.query<{ type: string; path: string }>(
            'SELECT type, path FROM guides_job WHERE processing_id = ?',
            [processingId],
          );
          if (!row) throw new UnknownJobError(processingId);
          const changed = await tx.execute(
            `UPDATE guides_job SET status = 'WAITING', epoch = epoch + 1, active_key = ?, completed_at = 0, comments = ''
              WHERE processing_id = ? AND status IN ('FAILED', 'CANCELLED')`,
            [activeKey(row.type, row.path), processingId],
          );
          if (changed === 0) throw await this.refusal(tx, processingId, 'resumed');
          await this.reopen(tx, processingId);
          await this.log.append(processingId, [{ level: 'INFO', text: `Job resumed by ${by}` }], tx);
          return this.announced(JOB_RESUMED, await this.get(tx, processingId), tx);
        },
        { durable: true },
      );
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      const job = await this.get(this.database.reader, processingId);
      throw new JobAlreadyActiveError(job.path, (await this.activeId(job.type, job.path)) ?? 'another job');
    }
  }

  fail(processingId: string, epoch: number, reason: string): Promise<boolean> {
    return this.database.run(async (tx) => {
      const changed = await tx.execute(
        `UPDATE guides_job SET status = 'FAILED', epoch = epoch + 1, active_key = NULL, completed_at = ${this.now}, comments = ?
          WHERE processing_id = ? AND epoch = ? AND ${ACTIVE}`,
        [reason, processingId, epoch],
      );
      if (changed === 0) return false;
      await this.dropLeases(tx, processingId);
      await tx.execute(
        "UPDATE guides_job_step SET plan_status = 'FAILED' WHERE processing_id = ? AND plan_status <> 'SUCCESS'",
        [processingId],
      );
      await this.log.append(processingId, [{ level: 'ERROR', text: `Job failed: ${reason}` }], tx);
      await this.announced(JOB_FAILED, await this.get(tx, processingId), tx);
      return true;
    });
  }

  /** Ends a job whose planning is finished and which has no open batch. Null when it was not to be ended now. */
  async settle(processingId: string, failureThreshold: number | null): Promise<Job | null> {
    if (!(await this.isComplete(this.database.reader, processingId))) return null;
    return this.database.run(async (tx) => {
      const changed = await tx.execute(
        `UPDATE guides_job SET status = 'SUCCESS', active_key = NULL, completed_at = ${this.now}
          WHERE processing_id = ? AND ${ACTIVE} AND ${complete(this.database.dialect)}`,
        [processingId],
      );
      if (changed === 0) return null;
      const job = await this.get(tx, processingId);
      const end = endOf(job, failureThreshold);
      await tx.execute('UPDATE guides_job SET status = ?, comments = ? WHERE processing_id = ?', [
        end.status,
        end.comments,
        processingId,
      ]);
      await this.log.append(processingId, [end.line], tx);
      const ended = { ...job, status: end.status, comments: end.comments };
      return this.announced(end.status === 'FAILED' ? JOB_FAILED : JOB_COMPLETED, ended, tx);
    });
  }

  private async announced(name: JobEventName, job: Job, tx: Tx): Promise<Job> {
    await stageJobEvent(this.events, name, job, tx);
    return job;
  }

  private get now(): string {
    return this.database.dialect.nowMs;
  }

  private async insert(tx: Tx, processingId: string, request: JobRequest, createdBy: string): Promise<void> {
    await tx.execute(
      `INSERT INTO guides_job (processing_id, type, path, excluded_paths, filter, dry_run, status, epoch, active_key,
          created_by, created_at, started_at, completed_at, comments)
        VALUES (?, ?, ?, ?, ?, ?, 'WAITING', 1, ?, ?, ${this.now}, 0, 0, '')`,
      [
        processingId,
        request.type,
        request.path,
        JSON.stringify(request.excludedPaths),
        JSON.stringify(request.filter),
        request.dryRun ? 1 : 0,
        activeKey(request.type, request.path),
        createdBy,
      ],
    );
    await tx.execute(
      `INSERT INTO guides_job_step (processing_id, step, plan_status, next_batch, lease_until)
        VALUES (?, ?, 'WAITING', 0, 0), (?, ?, 'WAITING', 0, 0)`,
      [processingId, STEP_NUMBER.process, processingId, STEP_NUMBER.resolve],
    );
    await tx.execute('INSERT INTO guides_job_progress (processing_id, log_lines) VALUES (?, 0)', [processingId]);
    const what = `${request.dryRun ? 'Dry run' : 'Job'} of type ${request.type} on ${request.path} requested by ${createdBy}`;
    await this.log.append(processingId, [{ level: 'INFO', text: what }], tx);
  }

  private async get(db: SqlExecutor, processingId: string): Promise<Job> {
    const [job] = await selectJobs(db, 'WHERE j.processing_id = ?', [processingId]);
    if (!job) throw new UnknownJobError(processingId);
    return job;
  }

  private async activeId(type: string, path: string): Promise<string | null> {
    const [row] = await this.database.reader.query<{ processing_id: string }>(
      'SELECT processing_id FROM guides_job WHERE active_key = ?',
      [activeKey(type, path)],
    );
    return row?.processing_id ?? null;
  }

  private async refusal(tx: Tx, processingId: string, what: string): Promise<Error> {
    const [row] = await tx.query<{ status: string }>('SELECT status FROM guides_job WHERE processing_id = ?', [processingId]);
    if (!row) return new UnknownJobError(processingId);
    return new IllegalJobStateError(`A job that is ${row.status} cannot be ${what}.`);
  }

  /** What was in work is thrown away; tokens go, so that nothing late can commit. */
  private async dropLeases(tx: Tx, processingId: string): Promise<void> {
    for (const claimed of stepsInStates(ALL_STEPS, [BATCH.CLAIMED])) {
      await tx.execute(
        `UPDATE ${batchesByState(this.database.dialect)} SET state = ${BATCH.PENDING}, lease_owner = NULL, lease_token = NULL, lease_until = 0
          WHERE processing_id = ? AND ${claimed}`,
        [processingId],
      );
    }
    await tx.execute(
      'UPDATE guides_job_step SET lease_owner = NULL, lease_token = NULL, lease_until = 0 WHERE processing_id = ?',
      [processingId],
    );
  }

  private async reopen(tx: Tx, processingId: string): Promise<void> {
    await this.dropLeases(tx, processingId);
    await tx.execute(
      `UPDATE guides_job_batch SET attempts = 0, not_before = 0
        WHERE processing_id = ? AND state = ${BATCH.PENDING} AND (attempts > 0 OR not_before > 0)`,
      [processingId],
    );
    await tx.execute(
      "UPDATE guides_job_step SET plan_status = 'WAITING' WHERE processing_id = ? AND plan_status = 'FAILED'",
      [processingId],
    );
  }

  private async isComplete(db: SqlExecutor, processingId: string): Promise<boolean> {
    const rows = await db.query(`SELECT 1 AS one FROM guides_job WHERE processing_id = ? AND ${ACTIVE} AND ${complete(this.database.dialect)}`, [processingId]);
    return rows.length > 0;
  }
}

/** Of a row of guides_job: planning finished and no batch open (rule 5). */
const complete = (dialect: Dialect): string => `NOT EXISTS (SELECT 1 FROM guides_job_step s WHERE s.processing_id = guides_job.processing_id AND s.plan_status <> 'SUCCESS')
  ${stepsInStates(ALL_STEPS, OPEN_STATES, 'b.')
    .map((condition) => `AND NOT EXISTS (SELECT 1 FROM ${batchesByState(dialect, 'b')} WHERE b.processing_id = guides_job.processing_id AND ${condition})`)
    .join(' ')}`;

/** The value of the unique column that makes (type, path) exclusive while a job is active. */
function activeKey(type: string, path: string): string {
  return createHash('sha256').update(`${type}\0${path}`).digest('hex');
}

function endOf(job: Job, failureThreshold: number | null): { status: JobStatus; comments: string; line: LogLine } {
  const { total, succeeded, failed, skipped } = job.counts;
  const totals = `${succeeded} succeeded, ${failed} failed, ${skipped} skipped, ${total} in all`;
  if (job.dryRun) {
    const comments = job.comments || `Dry run: ${total} assets would be processed.`;
    return { status: 'SUCCESS', comments, line: { level: 'INFO', text: `Dry run finished: ${comments}` } };
  }
  if (failureThreshold !== null && total > 0 && failed / total > failureThreshold) {
    const comments = `${failed} of ${total} assets failed, more than the failure threshold of ${failureThreshold} allows.`;
    return { status: 'FAILED', comments, line: { level: 'ERROR', text: `Job failed: ${totals}. ${comments}` } };
  }
  const comments = failed === 0 ? '' : failed === 1 ? '1 asset failed; see the log.' : `${failed} assets failed; see the log.`;
  return { status: 'SUCCESS', comments, line: { level: 'INFO', text: `Job finished: ${totals}` } };
}
