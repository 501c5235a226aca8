import type { StateCounts, StateCountStore } from '../contracts/metrics.js';
import type { Database } from './unit-of-work/database.js';

interface CountRow {
  name: string;
  n: number | string;
}

/** Jobs and the outbox, counted by indexes. */
export class SqlStateCountStore implements StateCountStore {
  constructor(private readonly database: Database) {}

  async read(): Promise<StateCounts> {
    const { nowMs } = this.database.dialect;
    const [jobs, portions, letters, dead, oldest] = await Promise.all([
      this.counts('SELECT status AS name, COUNT(*) AS n FROM guides_job GROUP BY status'),
      this.counts('SELECT receiver AS name, COUNT(*) AS n FROM guides_event_portion GROUP BY receiver'),
      this.counts('SELECT receiver AS name, COUNT(*) AS n FROM guides_event_letter WHERE died_at = 0 GROUP BY receiver'),
      this.counts('SELECT receiver AS name, COUNT(*) AS n FROM guides_event_letter WHERE died_at > 0 GROUP BY receiver'),
      this.database.reader.query<{ age: number | string | null }>(`SELECT ${nowMs} - MIN(created_at) AS age FROM guides_event_portion`),
    ]);
    const waiting = new Map(portions);
    for (const [receiver, n] of letters) waiting.set(receiver, n + (waiting.get(receiver) ?? 0));
    return {
      jobs: Object.fromEntries(jobs),
      outbox: { waiting: Object.fromEntries(waiting), dead: Object.fromEntries(dead), oldestSeconds: Math.max(0, Number(oldest[0]?.age ?? 0) / 1000) },
    };
  }

  private async counts(sql: string): Promise<Map<string, number>> {
    const rows = await this.database.reader.query<CountRow>(sql);
    return new Map(rows.map(({ name, n }) => [name, Number(n)]));
  }
}
