import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource, QueryRunner } from 'typeorm';
import { AmbiguousCommitError } from '../../contracts/errors.js';
import type { SqlExecutor, TransactionOptions, Tx, UnitOfWork } from '../../contracts/unit-of-work.js';
import { type Dialect } from './dialect.js';
import { isConflict, isConnectionLost, isStorageFull, translate } from './driver-errors.js';
import { FifoLock } from './fifo-lock.js';
import { ServerExecutor } from './server-executor.js';
import { SqliteExecutor } from './sqlite-executor.js';
import { TableNames } from './table-names.js';

/** How long a transaction is re-run for others' sake before it gives up. */
const MAX_CONFLICT_MS = 60_000;
/** How long a transaction on a server may stand still before it is rolled back for those that wait for it. */
export const DEFAULT_IDLE_TRANSACTION_MS = 15_000;

/**
 * The unit of work over TypeORM. On SQLite one data source is one shared connection, so writers queue up in arrival
 * order and readers use a connection of their own, which sees committed data only. On MariaDB and MySQL both come
 * from the pool.
 */
export class Database implements UnitOfWork {
  readonly dialect: Dialect;
  readonly reader: SqlExecutor;
  private readonly writers = new FifoLock();
  private readonly open = new AsyncLocalStorage<true>();
  /** Connections to a server that have been told how transactions are run on them. */
  private readonly prepared = new WeakSet<object>();

  constructor(
    readonly writeSource: DataSource,
    private readonly readSource: DataSource,
    dialect: Dialect,
    private readonly names = new TableNames(),
    private readonly idleTransactionMs = DEFAULT_IDLE_TRANSACTION_MS,
  ) {
    this.dialect = dialect;
    this.reader = dialect.isSqlite
      ? new SqliteExecutor(readSource.createQueryRunner(), names)
      : new PooledReader(readSource, names);
  }

  async run<T>(work: (tx: Tx) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    if (this.open.getStore()) throw new Error('A unit of work is already open here: pass its tx instead of opening another.');
    return this.open.run(true, () => this.runUntilDecided(work, options));
  }

  /** Resolves when the database answers a trivial query. @throws RepositoryUnavailableError */
  async ping(): Promise<void> {
    await this.reader.query('SELECT 1 AS one');
  }

  async close(): Promise<void> {
    await this.writers.run(async () => {
      if (this.readSource !== this.writeSource) await this.readSource.destroy();
      await this.writeSource.destroy();
    });
  }

  private async runUntilDecided<T>(work: (tx: Tx) => Promise<T>, options: TransactionOptions): Promise<T> {
    const giveUpAt = Date.now() + MAX_CONFLICT_MS;
    for (let attempt = 0; ; attempt++) {
      try {
        return await (this.dialect.isSqlite
          ? this.writers.run(() => this.attempt(work, options))
          : this.attempt(work, options));
      } catch (error) {
        if (!isConflict(error) || Date.now() > giveUpAt) throw translate(error);
        // Jitter, so that two that collided do not collide again.
        await delay(Math.min(100, 2 ** attempt) * (0.5 + Math.random()));
      }
    }
  }

  private async attempt<T>(work: (tx: Tx) => Promise<T>, options: TransactionOptions): Promise<T> {
    const runner = this.writeSource.createQueryRunner();
    try {
      await this.begin(runner, options);
      const result = await this.workOrRollBack(runner, work);
      await this.commit(runner);
      return result;
    } finally {
      await runner.release();
    }
  }

  private async begin(runner: QueryRunner, options: TransactionOptions): Promise<void> {
    if (!this.dialect.isSqlite) {
      await this.prepareConnection(runner);
      await runner.query('START TRANSACTION');
      return;
    }
    const executor = new SqliteExecutor(runner, this.names);
    await executor.execute(`PRAGMA synchronous = ${options.durable ? 'FULL' : 'NORMAL'}`);
    // IMMEDIATE: a transaction that begins by reading could otherwise fail when it comes to write.
    await executor.execute('BEGIN IMMEDIATE');
  }

  /** Once for each connection of the pool, and not before every transaction. */
  private async prepareConnection(runner: QueryRunner): Promise<void> {
    const connection: unknown = await runner.connect();
    if (typeof connection !== 'object' || connection === null || this.prepared.has(connection)) return;
    await runner.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');
    await runner.query(this.dialect.idleTransactionLimit(this.idleTransactionMs));
    this.prepared.add(connection);
  }

  private async workOrRollBack<T>(runner: QueryRunner, work: (tx: Tx) => Promise<T>): Promise<T> {
    const tx = new OpenTransaction(this.dialect.isSqlite ? new SqliteExecutor(runner, this.names) : new ServerExecutor(runner, this.names));
    try {
      const result = await work(tx);
      tx.throwIfLost();
      return result;
    } catch (error) {
      // A rollback that fails (connection gone) has no more to undo: the server rolls back by itself.
      await runner.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  private async commit(runner: QueryRunner): Promise<void> {
    try {
      await runner.query('COMMIT');
    } catch (error) {
      await runner.query('ROLLBACK').catch(() => undefined);
      if (isConnectionLost(error)) throw new AmbiguousCommitError('The connection was lost during COMMIT.', { cause: error });
      throw error;
    }
  }
}

class OpenTransaction implements Tx {
  private savepoints = 0;
  private lost: { cause: unknown } | null = null;

  constructor(private readonly executor: SqlExecutor) {}

  async query<R extends object>(sql: string, parameters?: readonly unknown[]): Promise<R[]> {
    this.throwIfLost();
    return this.executor.query<R>(sql, parameters);
  }

  async execute(sql: string, parameters?: readonly unknown[]): Promise<number> {
    this.throwIfLost();
    return this.executor.execute(sql, parameters);
  }

  async executeEach(sql: string, rows: readonly (readonly unknown[])[]): Promise<void> {
    this.throwIfLost();
    return this.executor.executeEach(sql, rows);
  }

  /** The error that ended the whole transaction inside a savepoint, if one did. */
  throwIfLost(): void {
    if (this.lost) throw this.lost.cause;
  }

  async savepoint<T>(work: () => Promise<T>): Promise<T> {
    const name = `sp${++this.savepoints}`;
    await this.execute(`SAVEPOINT ${name}`);
    try {
      const result = await work();
      await this.execute(`RELEASE SAVEPOINT ${name}`);
      return result;
    } catch (error) {
      if (isConnectionLost(error) || isConflict(error) || isStorageFull(error)) {
        // The database has rolled back everything, or will: what came after would be written on its own.
        this.lost ??= { cause: error };
        throw error;
      }
      await this.execute(`ROLLBACK TO SAVEPOINT ${name}`);
      await this.execute(`RELEASE SAVEPOINT ${name}`);
      throw error;
    }
  }
}

class PooledReader implements SqlExecutor {
  constructor(
    private readonly source: DataSource,
    private readonly names: TableNames,
  ) {}

  query<R extends object>(sql: string, parameters: readonly unknown[] = []): Promise<R[]> {
    return this.withRunner((executor) => executor.query<R>(sql, parameters));
  }

  execute(sql: string, parameters: readonly unknown[] = []): Promise<number> {
    return this.withRunner((executor) => executor.execute(sql, parameters));
  }

  executeEach(sql: string, rows: readonly (readonly unknown[])[]): Promise<void> {
    return this.withRunner((executor) => executor.executeEach(sql, rows));
  }

  private async withRunner<T>(use: (executor: SqlExecutor) => Promise<T>): Promise<T> {
    const runner = this.source.createQueryRunner();
    try {
      return await use(new ServerExecutor(runner, this.names));
    } catch (error) {
      throw translate(error);
    } finally {
      await runner.release();
    }
  }
}
