import type { StatusJob, StatusJobStore, StatusQuestion } from '../../contracts/asset-status.js';
import { executeIn } from '../unit-of-work/bulk.js';
import type { Database } from '../unit-of-work/database.js';

interface StatusJobRow {
  job_id: string;
  created_by: string;
  created_at: number | string;
  question: string;
}

const PORTION = 500;

/** Questions for the state of assets, a row each. */
export class SqlStatusJobStore implements StatusJobStore {
  constructor(private readonly database: Database) {}

  async add({ jobId, createdBy, createdAtMs, paths, excludedPaths }: StatusJob): Promise<void> {
    const question: StatusQuestion = { paths, excludedPaths };
    await this.database.run(
      (tx) => tx.execute('INSERT INTO guides_status_job (job_id, created_by, created_at, question) VALUES (?, ?, ?, ?)', [jobId, createdBy, createdAtMs, JSON.stringify(question)]),
      { durable: true },
    );
  }

  async find(jobId: string): Promise<StatusJob | null> {
    const [row] = await this.database.reader.query<StatusJobRow>('SELECT job_id, created_by, created_at, question FROM guides_status_job WHERE job_id = ?', [jobId]);
    return row ? { jobId: row.job_id, createdBy: row.created_by, createdAtMs: Number(row.created_at), ...(JSON.parse(row.question) as StatusQuestion) } : null;
  }

  async purge(olderThanMs: number): Promise<boolean> {
    const old = await this.database.reader.query<StatusJobRow>('SELECT job_id FROM guides_status_job WHERE created_at < ? ORDER BY created_at LIMIT ?', [olderThanMs, PORTION]);
    if (old.length === 0) return false;
    const ids = old.map((row) => row.job_id);
    await this.database.run((tx) => executeIn(tx, this.database.dialect, 'DELETE FROM guides_status_job WHERE $IN', 'job_id', ids));
    return old.length === PORTION;
  }
}
