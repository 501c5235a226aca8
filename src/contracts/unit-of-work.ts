/** A row as the drivers return it; numbers may be strings on MariaDB, so read it through the store that asked. */
export type Row = Record<string, unknown>;

/** What reads SQL: the open transaction, or a connection outside of any. */
export interface SqlExecutor {
  /** Runs one reading statement with `?` placeholders. */
  query<R extends object = Row>(sql: string, parameters?: readonly unknown[]): Promise<R[]>;
  /** Runs one writing statement and returns how many rows it touched. */
  execute(sql: string, parameters?: readonly unknown[]): Promise<number>;
  /** Runs one writing statement for each row of parameters. */
  executeEach(sql: string, rows: readonly (readonly unknown[])[]): Promise<void>;
}

/** An open transaction. Valid only inside the callback that received it. */
export interface Tx extends SqlExecutor {
  /** Runs `work` in a savepoint; when it throws, only its own writes are undone and the error goes on. */
  savepoint<T>(work: () => Promise<T>): Promise<T>;
}

export interface TransactionOptions {
  /** Survives a loss of power, not only of the process, before `run` returns. Default: the database's setting. */
  durable?: boolean;
}

/**
 * The only way to write. Re-runs the whole callback on a deadlock or a busy database, so the callback must have no
 * effects outside the transaction. Nested use throws.
 */
export interface UnitOfWork {
  run<T>(work: (tx: Tx) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** Reads committed data, beside whatever is being written. */
  readonly reader: SqlExecutor;
}
