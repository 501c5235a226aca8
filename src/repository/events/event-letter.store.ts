import type { DeadLetter, DeadLetterFilter, EventLetter, UndeliveredEvent } from '../../contracts/event-outbox.js';
import { orderKeyOf, type ProcessingEvent } from '../../contracts/events.js';
import type { Tx } from '../../contracts/unit-of-work.js';
import { bulkInsert, inChunks, inList, type SqlValue } from '../unit-of-work/bulk.js';
import type { Database } from '../unit-of-work/database.js';

interface LetterRow {
  receiver: string;
  seq: number | string;
  attempts: number | string;
  died_at: number | string;
  reason: string;
  event: string;
}

const COLUMNS = ['receiver', 'seq', 'event_id', 'order_key', 'created_at', 'attempts', 'not_before', 'died_at', 'reason', 'event'] as const;
const UPDATED = ['attempts', 'not_before', 'died_at', 'reason'] as const;

/** Events that could not be delivered at once: `died_at` 0 while they are tried again, else dead. */
export class EventLetterStore {
  constructor(private readonly database: Database) {}

  async due(receiver: string, limit: number): Promise<EventLetter[]> {
    const rows = await this.database.reader.query<LetterRow>(
      `SELECT l.* FROM guides_event_letter l
        WHERE l.receiver = ? AND l.died_at = 0 AND l.not_before <= ${this.now}
          AND NOT EXISTS (SELECT 1 FROM guides_event_letter e
            WHERE e.receiver = l.receiver AND e.order_key = l.order_key AND e.seq < l.seq AND e.died_at = 0)
        ORDER BY l.seq LIMIT ?`,
      [receiver, limit],
    );
    return rows.map(toLetter);
  }

  async waitingKeys(receiver: string, keys: readonly string[]): Promise<Set<string>> {
    const { reader, dialect } = this.database;
    const any = await reader.query('SELECT 1 AS one FROM guides_event_letter WHERE receiver = ? AND died_at = 0 LIMIT 1', [receiver]);
    if (any.length === 0) return new Set();
    const rows = await inChunks(keys, (chunk) => {
      const { sql, parameters } = inList(dialect, 'order_key', chunk);
      return reader.query<{ order_key: string }>(
        `SELECT order_key FROM guides_event_letter WHERE receiver = ? AND died_at = 0 AND ${sql}`,
        [receiver, ...parameters],
      );
    });
    return new Set(rows.map((row) => row.order_key));
  }

  async save(receiver: string, letters: readonly UndeliveredEvent[], tx: Tx): Promise<void> {
    if (letters.length === 0) return;
    const [row] = await tx.query<{ now: number | string }>(`SELECT ${this.now} AS now`);
    const now = Number(row?.now);
    const rows = letters.map(({ seq, event, attempts, delayMs, reason }): SqlValue[] => [
      receiver,
      seq,
      event.id,
      orderKeyOf(event),
      now,
      attempts,
      now + (delayMs ?? 0),
      delayMs === null ? now : 0,
      reason,
      JSON.stringify(event),
    ]);
    await bulkInsert(tx, this.database.dialect, {
      table: 'guides_event_letter',
      columns: COLUMNS,
      rows,
      conflict: { keys: ['receiver', 'seq'], updated: UPDATED },
    });
  }

  async remove(receiver: string, seqs: readonly number[], tx: Tx): Promise<void> {
    for (const seq of seqs) await tx.execute('DELETE FROM guides_event_letter WHERE receiver = ? AND seq = ?', [receiver, seq]);
  }

  async dead(filter: DeadLetterFilter, limit: number): Promise<DeadLetter[]> {
    const { sql, parameters } = condition(filter);
    const rows = await this.database.reader.query<LetterRow>(
      `SELECT * FROM guides_event_letter WHERE died_at > 0${sql} ORDER BY died_at DESC, seq DESC LIMIT ?`,
      [...parameters, limit],
    );
    return rows.map((row) => ({ ...toLetter(row), receiver: row.receiver, reason: row.reason, diedAtMs: Number(row.died_at) }));
  }

  revive(filter: DeadLetterFilter): Promise<number> {
    const { sql, parameters } = condition(filter);
    return this.database.run((tx) =>
      tx.execute(`UPDATE guides_event_letter SET died_at = 0, attempts = 0, not_before = 0 WHERE died_at > 0${sql}`, parameters),
    );
  }

  private get now(): string {
    return this.database.dialect.nowMs;
  }
}

function toLetter(row: LetterRow): EventLetter {
  return { seq: Number(row.seq), attempts: Number(row.attempts), event: JSON.parse(row.event) as ProcessingEvent };
}

function condition({ receiver, eventId }: DeadLetterFilter): { sql: string; parameters: string[] } {
  const parts = [
    { column: 'receiver', value: receiver },
    { column: 'event_id', value: eventId },
  ].flatMap(({ column, value }) => (value === undefined ? [] : [{ column, value }]));
  return { sql: parts.map(({ column }) => ` AND ${column} = ?`).join(''), parameters: parts.map(({ value }) => value) };
}
