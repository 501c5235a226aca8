import type { Tx } from '../../contracts/unit-of-work.js';
import type { Database } from './database.js';
import type { Dialect } from './dialect.js';
import { FifoLock } from './fifo-lock.js';

/** Ids taken from the database at a time; those not used when the process ends are lost, which harms nobody. */
const BLOCK = 10_000;

/** Takes `count` consecutive ids in the caller's transaction; returns the first. Locks the sequence until it ends. */
export async function takeIds(tx: Tx, dialect: Dialect, name: string, count: number): Promise<number> {
  await tx.execute(`${dialect.insertIgnore} guides_sequence (name, next_value) VALUES (?, 1)`, [name]);
  await tx.execute('UPDATE guides_sequence SET next_value = next_value + ? WHERE name = ?', [count, name]);
  const [row] = await tx.query<{ next_value: number | string }>('SELECT next_value FROM guides_sequence WHERE name = ?', [name]);
  return Number(row?.next_value) - count;
}

/** Gives out ids that nobody else gets, on any number of instances. Never call it inside an open transaction. */
export class IdSequence {
  private next = 0;
  private end = 0;
  private readonly lock = new FifoLock();

  constructor(
    private readonly database: Database,
    private readonly name: string,
  ) {}

  /** The first of `count` consecutive ids. */
  reserve(count: number): Promise<number> {
    return this.lock.run(async () => {
      if (this.next + count > this.end) {
        const size = Math.max(BLOCK, count);
        this.next = await this.database.run((tx) => takeIds(tx, this.database.dialect, this.name, size));
        this.end = this.next + size;
      }
      const first = this.next;
      this.next += count;
      return first;
    });
  }
}
