/** The three databases that are served; MariaDB and MySQL 8 differ in little but must not be mixed up. */
export type DialectName = 'sqlite' | 'mariadb' | 'mysql';

/** The few places where SQL differs between the databases. */
export class Dialect {
  constructor(readonly name: DialectName) {}

  get isSqlite(): boolean {
    return this.name === 'sqlite';
  }

  /** Epoch milliseconds by the database's clock: leases must not depend on any process's clock. */
  get nowMs(): string {
    return this.isSqlite
      ? "CAST(unixepoch('subsec') * 1000 AS INTEGER)"
      : // UTC, so that a change to or from summer time never sets a lease back.
        "(TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(3)) DIV 1000)";
  }

  /**
   * Makes a server end a connection that says nothing for so long, in the middle of a transaction (MySQL knows only: at all), and
   * with it the locks: the network never tells the server of a process that stands still or of a cable that was pulled.
   */
  idleTransactionLimit(limitMs: number): string {
    const seconds = Math.max(1, Math.ceil(limitMs / 1000));
    return `SET SESSION ${this.name === 'mariadb' ? 'idle_transaction_timeout' : 'wait_timeout'} = ${seconds}`;
  }

  /** Appended to a SELECT inside a transaction: others may read-lock, nobody may write. SQLite has one writer anyway. */
  get forShare(): string {
    return this.isSqlite ? '' : ' LOCK IN SHARE MODE';
  }

  /** Appended to a SELECT inside a transaction: nobody else may lock or write these rows. */
  get forUpdate(): string {
    return this.isSqlite ? '' : ' FOR UPDATE';
  }

  /** Prefix of an INSERT that leaves existing rows alone. */
  get insertIgnore(): string {
    return this.isSqlite ? 'INSERT OR IGNORE INTO' : 'INSERT IGNORE INTO';
  }

  /** Tail of an INSERT that overwrites `updated` where `keys` are there already. */
  onConflict(keys: readonly string[], updated: readonly string[]): string {
    if (this.isSqlite) {
      return ` ON CONFLICT(${keys.join(', ')}) DO UPDATE SET ${updated.map((c) => `${c} = excluded.${c}`).join(', ')}`;
    }
    return ` ON DUPLICATE KEY UPDATE ${updated.map((c) => `${c} = VALUES(${c})`).join(', ')}`;
  }

  /** Hint after a table name: a server may find one row by another index as well, and then locks that first. */
  get byPrimaryKey(): string {
    return this.isSqlite ? '' : ' FORCE INDEX (PRIMARY)';
  }

  /** Hint after a table name: MariaDB's optimiser rescans on keyset pages, which makes a walk quadratic. */
  forceIndex(name: string): string {
    return this.isSqlite ? ` INDEXED BY ${name}` : ` FORCE INDEX (${name})`;
  }
}
