import type { SqlExecutor } from '../../src/contracts/unit-of-work.js';
import { openDatabase } from '../../src/repository/unit-of-work/open-database.js';
import { contentViolations, countedFaults, orphanedBlobs } from './content-violations.js';
import { verdictsOf } from './job-evidence.js';
import { outboxViolations, type ToldJob } from './outbox-violations.js';

const TERMINAL = ['SUCCESS', 'FAILED', 'CANCELLED'];
const PENDING_OR_CLAIMED = 'state IN (0, 1)';
const END_LINE = /^\S+ \S+ (Job (cancelled by|finished|failed)|Dry run finished)/;
const RESUMED_LINE = /^\S+ \S+ Job resumed by /;

interface JobRow {
  processing_id: string;
  status: string;
  active_key: string | null;
  dry_run: number | string;
  started_at: number | string;
}

interface Sums {
  planned: number;
  succeeded: number;
  failed: number;
  skipped: number;
}

/** What the caller knows besides, so that more can be judged. */
export interface Circumstances {
  /** The last job reached everything and ended: no reference waits, whatever became of the jobs before it. */
  isSettled?: boolean;
  /** There is a receiver of all events, and none has been delivered to it. */
  isOutboxWhole?: boolean;
  /** All content that was replaced or removed; orphaned blobs are judged only with it. */
  replacedContent?: readonly string[];
}

/**
 * What stands in the database against the rules that hold always (processing.md), a sentence for each; none in sound data.
 * Reads the tables and the log, not the API.
 */
export async function dataViolations(databaseUrl: string, { isSettled, isOutboxWhole = false, replacedContent }: Circumstances = {}): Promise<string[]> {
  const database = await openDatabase(databaseUrl, { migrate: false });
  try {
    const { reader } = database;
    const jobs = await reader.query<JobRow>('SELECT processing_id, status, active_key, dry_run, started_at FROM guides_job');
    const found: string[] = [];
    const told = new Map<string, ToldJob>();
    for (const job of jobs) {
      const check = new JobCheck(reader, job);
      found.push(...(await check.violations()));
      told.set(job.processing_id, { hasStarted: Number(job.started_at) > 0, lines: check.lines });
    }
    const isQuiet = jobs.every(({ status }) => TERMINAL.includes(status));
    const isGraphJudged = isSettled ?? (isQuiet && jobs.length > 0 && jobs.every(({ status }) => status === 'SUCCESS'));
    found.push(...(await graphViolations(reader, isGraphJudged)), ...(await contentViolations(reader)), ...(await outboxViolations(reader, told, isOutboxWhole)));
    return replacedContent ? [...found, ...(await orphanedBlobs(reader, replacedContent))] : found;
  } finally {
    await database.close();
  }
}

/** One job, its batches and its log. */
class JobCheck {
  /** Of its log, once it has been checked. */
  readonly lines: string[] = [];
  private readonly found: string[] = [];

  constructor(
    private readonly reader: SqlExecutor,
    private readonly job: JobRow,
  ) {}

  async violations(): Promise<string[]> {
    const { job } = this;
    const isEnded = TERMINAL.includes(job.status);
    this.check(isEnded === (job.active_key === null), `it is ${job.status} and ${job.active_key === null ? 'does not hold' : 'holds'} its path`);
    if (isEnded) await this.checkLeases();
    if (job.status === 'SUCCESS') await this.checkCompletion();
    await this.checkLog(isEnded);
    return this.found.map((text) => `Job ${job.processing_id}: ${text}.`);
  }

  private async checkLeases(): Promise<void> {
    for (const table of ['guides_job_batch', 'guides_job_step']) {
      const held = await this.count(`${table} WHERE processing_id = ? AND lease_owner IS NOT NULL`);
      this.check(held === 0, `${held} lease(s) are left in ${table}`);
    }
  }

  private async checkCompletion(): Promise<void> {
    const open = await this.count(`guides_job_batch WHERE processing_id = ? AND ${PENDING_OR_CLAIMED}`);
    this.check(open === 0, `${open} batch(es) are open`);
    const unplanned = await this.count("guides_job_step WHERE processing_id = ? AND plan_status <> 'SUCCESS'");
    this.check(unplanned === 0, `${unplanned} step(s) are not planned to the end`);
  }

  private async checkLog(isEnded: boolean): Promise<void> {
    const chunks = await this.reader.query<{ first_line: number | string; line_count: number | string; text: string }>(
      'SELECT first_line, line_count, text FROM guides_job_log WHERE processing_id = ? ORDER BY first_line',
      [this.job.processing_id],
    );
    const { lines } = this;
    for (const chunk of chunks) {
      this.check(Number(chunk.first_line) === lines.length, `the log has a gap or an overlap at line ${lines.length}`);
      const own = chunk.text.split('\n');
      this.check(own.length === Number(chunk.line_count), `a chunk of the log at line ${lines.length} does not have the lines that it counts`);
      lines.push(...own);
    }
    const [progress] = await this.rows<{ log_lines: number | string }>('SELECT log_lines FROM guides_job_progress WHERE processing_id = ?');
    this.check(Number(progress?.log_lines) === lines.length, `the log has ${lines.length} lines and counts ${progress?.log_lines ?? 'none'}`);
    this.checkEnds(lines, isEnded);
    await this.checkVerdicts(lines);
  }

  private checkEnds(lines: readonly string[], isEnded: boolean): void {
    const ends = lines.filter((line) => END_LINE.test(line)).length;
    const resumed = lines.filter((line) => RESUMED_LINE.test(line)).length;
    this.check(ends === resumed + (isEnded ? 1 : 0), `it was resumed ${resumed} time(s), is ${this.job.status}, and ended ${ends} time(s)`);
    if (isEnded) this.check(END_LINE.test(lines.at(-1) ?? ''), `something follows its end in the log: ${lines.at(-1)}`);
  }

  /** Every asset once, and as many of each verdict as the committed batches count. */
  private async checkVerdicts(lines: readonly string[]): Promise<void> {
    const [row] = await this.rows<Record<keyof Sums, number | string | null>>(
      `SELECT SUM(planned_count) AS planned, SUM(succeeded) AS succeeded, SUM(failed) AS failed, SUM(skipped) AS skipped
        FROM guides_job_batch WHERE processing_id = ? AND step = 0 AND state = 2`,
    );
    const verdicts = verdictsOf(lines);
    const said = { SUCCESS: 0, FAILED: 0, SKIPPED: 0 };
    for (const [path, words] of verdicts) {
      this.check(words.length === 1, `${path} is in the log ${words.length} times: ${words.join(', ')}`);
      for (const word of words) said[word as keyof typeof said]++;
    }
    const counted = { SUCCESS: Number(row?.succeeded ?? 0), FAILED: Number(row?.failed ?? 0), SKIPPED: Number(row?.skipped ?? 0) };
    this.check(JSON.stringify(said) === JSON.stringify(counted), `its log says ${JSON.stringify(said)}, its batches ${JSON.stringify(counted)}`);
    const failures = await this.rows<{ path: string }>('SELECT path FROM guides_job_failure WHERE processing_id = ?');
    const failed = [...verdicts].flatMap(([path, [word]]) => (word === 'FAILED' ? [path] : []));
    this.check(sorted(failures.map(({ path }) => path)) === sorted(failed), 'its failures are not those of its log');
  }

  private check(holds: boolean, otherwise: string): void {
    if (!holds) this.found.push(otherwise);
  }

  private rows<R extends object>(sql: string): Promise<R[]> {
    return this.reader.query<R>(sql, [this.job.processing_id]);
  }

  private async count(from: string): Promise<number> {
    const [row] = await this.rows<{ n: number | string }>(`SELECT COUNT(*) AS n FROM ${from}`);
    return Number(row?.n);
  }
}

/** @param isJudged no job is under way, and none was broken off. */
async function graphViolations(reader: SqlExecutor, isJudged: boolean): Promise<string[]> {
  const faults: [string, string][] = [
    ['references have no source', 'guides_asset_reference r WHERE NOT EXISTS (SELECT 1 FROM guides_asset_record a WHERE a.id = r.source_id)'],
    ['undecided references do not wait to be looked up', 'guides_asset_reference r WHERE r.status IS NULL AND NOT EXISTS (SELECT 1 FROM guides_reference_queue q WHERE q.source_id = r.source_id)'],
  ];
  if (isJudged) {
    faults.push(['references are undecided', 'guides_asset_reference WHERE status IS NULL']);
    faults.push(['sources still wait to be looked up', 'guides_reference_queue']);
  }
  return countedFaults(reader, faults);
}

function sorted(paths: readonly string[]): string {
  return [...paths].sort().join('\n');
}

/** Records and references as the whole database has them, without what differs between two runs on equal content. */
export async function graphOf(databaseUrl: string): Promise<string[]> {
  const database = await openDatabase(databaseUrl, { migrate: false });
  try {
    const records = await database.reader.query<{ path: string; file_type: string; sha256: string; outcome: string; facts: string }>(
      'SELECT path, file_type, sha256, outcome, facts FROM guides_asset_record ORDER BY path',
    );
    const references = await database.reader.query<Record<string, unknown>>(
      `SELECT a.path, r.ordinal, r.kind, r.raw, r.target_path, r.resolved_target, r.status
        FROM guides_asset_reference r JOIN guides_asset_record a ON a.id = r.source_id ORDER BY a.path, r.ordinal`,
    );
    const lines = references.map((row) => [row.path, Number(row.ordinal), row.kind, row.raw, row.target_path, row.resolved_target, row.status]);
    return [...records.map(({ path, file_type, sha256, outcome, facts }) => [path, file_type, sha256, outcome, facts]), ...lines].map((line) => JSON.stringify(line));
  } finally {
    await database.close();
  }
}
