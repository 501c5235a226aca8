import { AmbiguousCommitError, RepositoryUnavailableError } from '../../src/contracts/errors.js';
import type { SqlExecutor, Tx } from '../../src/contracts/unit-of-work.js';
import type { Database } from '../../src/repository/unit-of-work/database.js';
import { isUniqueViolation } from '../../src/repository/unit-of-work/driver-errors.js';
import { Barrier, signal } from '../support/barrier.js';
import { DATABASES, TestDatabase, untilSomebodyWaits } from '../support/databases.js';

const INSERT = 'INSERT INTO contract_row (id, value) VALUES (?, ?)';
const UPDATE = 'UPDATE contract_row SET value = value + 1 WHERE id = ?';

/** All rows as [id, value], by id. */
async function rowsOf(db: SqlExecutor): Promise<number[][]> {
  const rows = await db.query<{ id: number | string; value: number | string }>('SELECT id, value FROM contract_row ORDER BY id');
  return rows.map(({ id, value }) => [Number(id), Number(value)]);
}

/** Two instances of the service on one database, which holds the rows (1, 0) and (2, 0) before each test. */
let testDatabase: TestDatabase;
let database: Database;
let other: Database;

function onDatabase(name: (typeof DATABASES)[number]): void {
  beforeAll(async () => {
    testDatabase = await TestDatabase.create(name);
    database = await testDatabase.open();
    other = await testDatabase.open();
    await database.writeSource.query('CREATE TABLE contract_row (id INTEGER PRIMARY KEY, value INTEGER NOT NULL)');
  });
  afterAll(() => testDatabase.drop());
  beforeEach(() =>
    database.run(async (tx) => {
      await tx.execute('DELETE FROM contract_row');
      await tx.executeEach(INSERT, [[1, 0], [2, 0]]);
    }),
  );
}

describe.each(DATABASES)('the unit of work on %s', (name) => {
  onDatabase(name);

  it('commits what the callback wrote and returns what it returned', async () => {
    expect(await database.run(async (tx) => tx.execute('UPDATE contract_row SET value = 7 WHERE id <= ?', [2]))).toBe(2);
    await database.run((tx) => tx.execute(INSERT, [3, 9]), { durable: true });
    expect(await rowsOf(other.reader)).toEqual([[1, 7], [2, 7], [3, 9]]);
  });

  it('undoes everything when the callback throws, and passes its error on', async () => {
    const error = new Error('mine');
    const failing = database.run(async (tx) => {
      await tx.execute(INSERT, [3, 1]);
      await tx.savepoint(() => tx.execute(UPDATE, [1]));
      throw error;
    });
    await expect(failing).rejects.toBe(error);
    expect(await rowsOf(database.reader)).toEqual([[1, 0], [2, 0]]);
  });

  it('runs a callback that breaks a constraint once, and undoes it', async () => {
    const work = jest.fn(async (tx: Tx) => {
      await tx.execute(UPDATE, [2]);
      await tx.execute(INSERT, [1, 1]);
    });
    await expect(database.run(work)).rejects.toSatisfyUnique();
    expect(work).toHaveBeenCalledTimes(1);
    expect(await rowsOf(database.reader)).toEqual([[1, 0], [2, 0]]);
  });

  it('refuses to be opened inside itself, and goes on all the same', async () => {
    await database.run(async (tx) => {
      await tx.execute(UPDATE, [1]);
      await expect(database.run(() => Promise.resolve())).rejects.toThrow('already open');
      await tx.execute(UPDATE, [1]);
    });
    expect(await rowsOf(database.reader)).toEqual([[1, 2], [2, 0]]);
    await expect(database.run(() => Promise.resolve('again'))).resolves.toBe('again');
  });

  it('shows others nothing before the commit', async () => {
    await database.run(async (tx) => {
      await tx.execute(UPDATE, [1]);
      expect(await rowsOf(tx)).toEqual([[1, 1], [2, 0]]);
      expect(await rowsOf(database.reader)).toEqual([[1, 0], [2, 0]]);
      expect(await rowsOf(other.reader)).toEqual([[1, 0], [2, 0]]);
    });
    expect(await rowsOf(database.reader)).toEqual([[1, 1], [2, 0]]);
  });

  it('keeps overlapping transactions apart: one is undone, the other stays', async () => {
    const bothAsked = signal();
    const undone = database.run(async (tx) => {
      await tx.execute(INSERT, [3, 1]);
      await bothAsked.given;
      throw new Error('undone');
    });
    const kept = database.run((tx) => tx.execute(INSERT, [4, 1]));
    bothAsked.give();
    await expect(undone).rejects.toThrow('undone');
    await kept;
    expect(await rowsOf(database.reader)).toEqual([[1, 0], [2, 0], [4, 1]]);
  });

  it('makes a second instance wait for the same row until the first is done', async () => {
    const order: string[] = [];
    const written = signal();
    const first = database.run(async (tx) => {
      await tx.execute(UPDATE, [1]);
      written.give();
      if (name === 'MariaDB') await untilSomebodyWaits(database);
      order.push('first');
    });
    await written.given;
    const second = other.run(async (tx) => {
      await tx.execute(UPDATE, [1]);
      order.push('second');
    });
    await Promise.all([first, second]);
    expect(order).toEqual(['first', 'second']);
    expect(await rowsOf(database.reader)).toEqual([[1, 2], [2, 0]]);
  });

  it('loses none of 100 increments that two instances read, then write, at the same time', async () => {
    const increment = async (tx: Tx): Promise<void> => {
      const [row] = await tx.query<{ value: number }>(`SELECT value FROM contract_row WHERE id = 1${database.dialect.forUpdate}`);
      await tx.execute('UPDATE contract_row SET value = ? WHERE id = 1', [(row?.value ?? 0) + 1]);
    };
    await Promise.all(Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? database : other).run(increment)));
    expect(await rowsOf(database.reader)).toEqual([[1, 100], [2, 0]]);
  });

  it('undoes a savepoint alone, an inner with the outer one', async () => {
    await database.run(async (tx) => {
      await tx.execute(UPDATE, [1]);
      await expect(tx.savepoint(() => tx.execute(INSERT, [2, 1]))).rejects.toSatisfyUnique();
      const outer = tx.savepoint(async () => {
        await tx.execute(INSERT, [3, 1]);
        await tx.savepoint(() => tx.execute(INSERT, [4, 1]));
        throw new Error('outer');
      });
      await expect(outer).rejects.toThrow('outer');
      await tx.savepoint(async () => {
        await tx.execute(INSERT, [5, 1]);
        await tx.savepoint(() => Promise.reject(new Error('inner'))).catch(() => undefined);
        await tx.execute(INSERT, [6, 1]);
      });
    });
    expect(await rowsOf(database.reader)).toEqual([[1, 1], [2, 0], [5, 1], [6, 1]]);
  });

  it('keeps text as it is: quotes, backslashes, line ends, emoji, what looks like a placeholder', async () => {
    const text = `?'"\\ \\' \n\r\t %_ $1 :a \u{1f600} \ufffd e\u0301 -- ;`;
    const [row] = await database.reader.query<{ text: string }>('SELECT ? AS text', [text]);
    expect(row?.text).toBe(text);
  });

  it('brings an empty database up to date when several instances start on it at once', async () => {
    const empty = await TestDatabase.create(name);
    try {
      const instances = await Promise.all([empty.open(), empty.open({ poolSize: 1 }), empty.open()]);
      for (const instance of instances) expect(await instance.reader.query('SELECT processing_id FROM guides_job')).toEqual([]);
    } finally {
      await empty.drop();
    }
  });
});

describe('the unit of work on a server', () => {
  onDatabase('MariaDB');

  /** Two transactions that take the rows 1 and 2 in opposite orders; each waits for the other the first time. */
  async function deadlock(change: (tx: Tx, id: number) => Promise<unknown>): Promise<number> {
    const barrier = new Barrier(2);
    let calls = 0;
    const inOrder = (first: number, second: number) => async (tx: Tx) => {
      calls++;
      await tx.execute(UPDATE, [first]);
      await barrier.pass();
      await change(tx, second);
    };
    await Promise.all([database.run(inOrder(1, 2)), other.run(inOrder(2, 1))]);
    return calls;
  }

  it('re-runs the whole callback of a deadlock', async () => {
    expect(await deadlock((tx, id) => tx.execute(UPDATE, [id]))).toBe(3);
    expect(await rowsOf(database.reader)).toEqual([[1, 2], [2, 2]]);
  });

  it('re-runs it too when the deadlock came in a savepoint whose error the callback swallowed', async () => {
    expect(await deadlock((tx, id) => tx.savepoint(() => tx.execute(UPDATE, [id])).catch(() => undefined))).toBe(3);
    expect(await rowsOf(database.reader)).toEqual([[1, 2], [2, 2]]);
  });

  async function kill(tx: Tx): Promise<void> {
    const [row] = await tx.query<{ id: number }>('SELECT CONNECTION_ID() AS id');
    await other.reader.query(`KILL ${Number(row?.id)}`);
  }

  it('says that the repository is unavailable when the connection breaks, and works again on another', async () => {
    const broken = database.run(async (tx) => {
      await tx.execute(UPDATE, [1]);
      await kill(tx);
      await tx.execute(UPDATE, [2]);
    });
    await expect(broken).rejects.toThrow(RepositoryUnavailableError);
    await database.run((tx) => tx.execute(UPDATE, [2]));
    expect(await rowsOf(database.reader)).toEqual([[1, 0], [2, 1]]);
  });

  it('does not guess what became of a commit on a broken connection', async () => {
    const ambiguous = database.run(async (tx) => {
      await tx.execute(UPDATE, [1]);
      await kill(tx);
    });
    await expect(ambiguous).rejects.toThrow(AmbiguousCommitError);
    expect(await rowsOf(database.reader)).toEqual([[1, 0], [2, 0]]);
  });
});

expect.extend({
  toSatisfyUnique: (error: unknown) => ({ pass: isUniqueViolation(error), message: () => `expected the breach of a unique key, got ${String(error)}` }),
});

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- how jest's matchers are extended
  namespace jest {
    interface Matchers<R> {
      toSatisfyUnique(): R;
    }
  }
}
