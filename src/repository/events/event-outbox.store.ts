import { randomUUID } from 'node:crypto';
import {
  type DeadLetter,
  type DeadLetterFilter,
  type EventLetter,
  type EventOutbox,
  type EventPortion,
  MAX_PORTION_EVENTS,
  type ReceiverClaim,
  type Settlement,
} from '../../contracts/event-outbox.js';
import type { ProcessingEvent } from '../../contracts/events.js';
import type { Tx } from '../../contracts/unit-of-work.js';
import type { Database } from '../unit-of-work/database.js';
import { EventLetterStore } from './event-letter.store.js';

/** Rows deleted in one transaction, so that a purge never holds anybody up for long. */
const PURGED_AT_ONCE = 500;

interface PortionRow {
  id: number | string;
  done: number | string;
  events: string;
}

/**
 * The outbox in SQL tables. A row for each batch and receiver and not for each event: the write that every batch pays for is one
 * statement, and so is the one that clears it away.
 */
export class SqlEventOutbox implements EventOutbox {
  private readonly letters: EventLetterStore;

  constructor(private readonly database: Database) {
    this.letters = new EventLetterStore(database);
  }

  async append(portions: readonly { receiver: string; events: readonly ProcessingEvent[] }[], tx: Tx): Promise<void> {
    for (const { receiver, events } of portions) {
      for (let from = 0; from < events.length; from += MAX_PORTION_EVENTS) {
        await tx.execute(`INSERT INTO guides_event_portion (receiver, created_at, done, events) VALUES (?, ${this.now}, 0, ?)`, [
          receiver,
          JSON.stringify(events.slice(from, from + MAX_PORTION_EVENTS)),
        ]);
      }
    }
  }

  async register(receiver: string): Promise<void> {
    const known = await this.database.reader.query('SELECT 1 AS one FROM guides_event_receiver WHERE name = ?', [receiver]);
    if (known.length > 0) return;
    const { insertIgnore } = this.database.dialect;
    await this.database.run((tx) =>
      tx.execute(`${insertIgnore} guides_event_receiver (name, lease_until, failures, not_before) VALUES (?, 0, 0, 0)`, [receiver]),
    );
  }

  async isDue(receiver: string): Promise<boolean> {
    const rows = await this.database.reader.query(
      `SELECT 1 AS one FROM guides_event_receiver r WHERE r.name = ? AND r.not_before <= ${this.now} AND r.lease_until < ${this.now}
          AND (EXISTS (SELECT 1 FROM guides_event_portion p WHERE p.receiver = r.name)
            OR EXISTS (SELECT 1 FROM guides_event_letter l WHERE l.receiver = r.name AND l.died_at = 0 AND l.not_before <= ${this.now}))`,
      [receiver],
    );
    return rows.length > 0;
  }

  claim(receiver: string, owner: string, leaseMs: number): Promise<ReceiverClaim | null> {
    const token = randomUUID();
    return this.database.run(async (tx) => {
      const claimed = await tx.execute(
        `UPDATE guides_event_receiver SET lease_owner = ?, lease_token = ?, lease_until = ${this.now} + ?
          WHERE name = ? AND lease_until < ${this.now} AND not_before <= ${this.now}`,
        [owner, token, leaseMs, receiver],
      );
      if (claimed === 0) return null;
      const [row] = await tx.query<{ failures: number | string }>('SELECT failures FROM guides_event_receiver WHERE name = ?', [receiver]);
      return { receiver, token, leaseMs, failures: Number(row?.failures ?? 0) };
    });
  }

  async renew({ receiver, token, leaseMs }: ReceiverClaim): Promise<void> {
    await this.database.run((tx) =>
      tx.execute(`UPDATE guides_event_receiver SET lease_until = ${this.now} + ? WHERE name = ? AND lease_token = ?`, [leaseMs, receiver, token]),
    );
  }

  async release({ receiver, token }: ReceiverClaim): Promise<void> {
    await this.database.run((tx) =>
      tx.execute('UPDATE guides_event_receiver SET lease_owner = NULL, lease_token = NULL, lease_until = 0 WHERE name = ? AND lease_token = ?', [
        receiver,
        token,
      ]),
    );
  }

  async expireOwners(isDead: (owner: string) => boolean): Promise<void> {
    const rows = await this.database.reader.query<{ lease_owner: string }>(
      'SELECT DISTINCT lease_owner FROM guides_event_receiver WHERE lease_owner IS NOT NULL',
    );
    for (const { lease_owner: owner } of rows) {
      if (!isDead(owner)) continue;
      await this.database.run((tx) => tx.execute('UPDATE guides_event_receiver SET lease_until = 0 WHERE lease_owner = ?', [owner]));
    }
  }

  dueLetters(receiver: string, limit: number): Promise<EventLetter[]> {
    return this.letters.due(receiver, limit);
  }

  async oldestPortion(receiver: string): Promise<EventPortion | null> {
    const [row] = await this.database.reader.query<PortionRow>(
      'SELECT id, done, events FROM guides_event_portion WHERE receiver = ? ORDER BY id LIMIT 1',
      [receiver],
    );
    return row ? { id: Number(row.id), done: Number(row.done), events: JSON.parse(row.events) as ProcessingEvent[] } : null;
  }

  waitingKeys(receiver: string, keys: readonly string[]): Promise<Set<string>> {
    return this.letters.waitingKeys(receiver, keys);
  }

  settle(claim: ReceiverClaim, { delivered, undelivered, portion, failures, pauseMs }: Settlement): Promise<boolean> {
    return this.database.run(async (tx) => {
      const held = await tx.execute(
        `UPDATE guides_event_receiver SET lease_until = ${this.now} + ?, failures = ?, not_before = ${this.now} + ?
          WHERE name = ? AND lease_token = ?`,
        [claim.leaseMs, failures, pauseMs, claim.receiver, claim.token],
      );
      if (held === 0) return false;
      await this.letters.remove(claim.receiver, delivered, tx);
      await this.letters.save(claim.receiver, undelivered, tx);
      if (portion && portion.done >= portion.events.length) await tx.execute('DELETE FROM guides_event_portion WHERE id = ?', [portion.id]);
      else if (portion) await tx.execute('UPDATE guides_event_portion SET done = ? WHERE id = ?', [portion.done, portion.id]);
      return true;
    });
  }

  deadLetters(filter: DeadLetterFilter, limit: number): Promise<DeadLetter[]> {
    return this.letters.dead(filter, limit);
  }

  redeliver(filter: DeadLetterFilter): Promise<number> {
    return this.letters.revive(filter);
  }

  async purge(olderThanMs: number): Promise<boolean> {
    let more = false;
    for (const table of ['guides_event_portion', 'guides_event_letter']) {
      more = (await this.database.run((tx) => tx.execute(this.deleteOld(table), [olderThanMs]))) >= PURGED_AT_ONCE || more;
    }
    return more;
  }

  private deleteOld(table: string): string {
    // SQLite knows no DELETE … LIMIT as it is usually built.
    return this.database.dialect.isSqlite
      ? `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE created_at < ? LIMIT ${PURGED_AT_ONCE})`
      : `DELETE FROM ${table} WHERE created_at < ? LIMIT ${PURGED_AT_ONCE}`;
  }

  private get now(): string {
    return this.database.dialect.nowMs;
  }
}
