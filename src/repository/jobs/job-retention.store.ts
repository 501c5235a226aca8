import type { Database } from '../unit-of-work/database.js';

/** Rows deleted in one transaction, so that a purge never holds anybody up for long. */
const PORTION = 500;
const CHILD_TABLES = ['guides_job_log', 'guides_job_failure', 'guides_job_batch'] as const;

/** Deletes old jobs with all that belongs to them, in small transactions (processing.md, "Retention"). */
export class JobRetentionStore {
  constructor(private readonly database: Database) {}

  /** Deletes one portion; true when there may be more. */
  async purge(olderThanMs: number, keep: number): Promise<boolean> {
    const jobs = await this.expired(olderThanMs, keep);
    const [processingId] = jobs;
    if (processingId === undefined) return false;
    await this.database.run(async (tx) => {
      for (const table of CHILD_TABLES) {
        if ((await tx.execute(this.deletePortion(table), [processingId])) >= PORTION) return;
      }
      // The job itself goes last: whatever is left of it after a crash is found again through its row.
      for (const table of ['guides_job_step', 'guides_job_progress', 'guides_job']) {
        await tx.execute(`DELETE FROM ${table} WHERE processing_id = ?`, [processingId]);
      }
    });
    return true;
  }

  /** True for exactly one caller per schedule and slot, on any number of instances. */
  async claimTick(schedule: string, slotMs: number): Promise<boolean> {
    return this.database.run(async (tx) => {
      const inserted = await tx.execute(
        `${this.database.dialect.insertIgnore} guides_schedule (name, last_slot) VALUES (?, ?)`,
        [schedule, slotMs],
      );
      if (inserted > 0) return true;
      return (await tx.execute('UPDATE guides_schedule SET last_slot = ? WHERE name = ? AND last_slot < ?', [slotMs, schedule, slotMs])) > 0;
    });
  }

  private async expired(olderThanMs: number, keep: number): Promise<string[]> {
    const newest = await this.database.reader.query<{ processing_id: string }>(
      'SELECT processing_id FROM guides_job ORDER BY created_at DESC, processing_id DESC LIMIT ?',
      [keep],
    );
    const kept = newest.map((row) => row.processing_id);
    const notKept = kept.length > 0 ? `AND processing_id NOT IN (${kept.map(() => '?').join(', ')})` : '';
    const rows = await this.database.reader.query<{ processing_id: string }>(
      `SELECT processing_id FROM guides_job WHERE active_key IS NULL AND created_at < ? ${notKept} ORDER BY created_at LIMIT 1`,
      [olderThanMs, ...kept],
    );
    return rows.map((row) => row.processing_id);
  }

  private deletePortion(table: (typeof CHILD_TABLES)[number]): string {
    // SQLite knows no DELETE … LIMIT as it is usually built.
    return this.database.dialect.isSqlite
      ? `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE processing_id = ? LIMIT ${PORTION})`
      : `DELETE FROM ${table} WHERE processing_id = ? LIMIT ${PORTION}`;
  }
}
