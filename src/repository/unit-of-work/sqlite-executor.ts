import type { QueryRunner } from 'typeorm';
import type { Row, SqlExecutor } from '../../contracts/unit-of-work.js';

/** Time that statements may hold the event loop before others get a turn. */
const MAX_HOLD_MS = 8;
/** Rows written between two looks at the clock. */
const ROWS_PER_LOOK = 64;
/** Distinct statements kept prepared on a connection; the code has far fewer. */
const MAX_PREPARED = 500;

/** The part of better-sqlite3 that is used. */
interface Statement {
  readonly reader: boolean;
  all(...parameters: unknown[]): unknown[];
  run(...parameters: unknown[]): { changes: number };
}
interface Handle {
  prepare(sql: string): Statement;
}

const prepared = new WeakMap<Handle, Map<string, Statement>>();

/**
 * Statements on TypeORM's SQLite connection, prepared once. Straight to the driver: TypeORM's own `query` costs more than
 * most statements here, and a statement with thousands of placeholders four times as much as a prepared one run row by
 * row. The driver works on the event loop itself, so long work gives way now and then.
 */
export class SqliteExecutor implements SqlExecutor {
  /** When the event loop last had a turn that we know of; the same for all connections, as the loop is. */
  private static lastTurnMs = 0;

  constructor(private readonly runner: QueryRunner) {}

  async query<R extends object = Row>(sql: string, parameters: readonly unknown[] = []): Promise<R[]> {
    const rows = (await this.statement(sql)).all(...parameters) as R[];
    await this.giveWay();
    return rows;
  }

  async execute(sql: string, parameters: readonly unknown[] = []): Promise<number> {
    const { changes } = (await this.statement(sql)).run(...parameters);
    await this.giveWay();
    return changes;
  }

  async executeEach(sql: string, rows: readonly (readonly unknown[])[]): Promise<void> {
    const statement = await this.statement(sql);
    for (let from = 0; from < rows.length; from += ROWS_PER_LOOK) {
      for (const row of rows.slice(from, from + ROWS_PER_LOOK)) statement.run(...row);
      await this.giveWay();
    }
  }

  private async statement(sql: string): Promise<Statement> {
    const handle = (await this.runner.connect()) as Handle;
    const statements = prepared.get(handle) ?? new Map<string, Statement>();
    prepared.set(handle, statements);
    let statement = statements.get(sql);
    if (!statement) {
      statement = handle.prepare(sql);
      if (statements.size >= MAX_PREPARED) statements.clear();
      statements.set(sql, statement);
    }
    return statement;
  }

  /** A promise that is resolved already never lets I/O in: HTTP would wait for the whole transaction. */
  private async giveWay(): Promise<void> {
    if (performance.now() - SqliteExecutor.lastTurnMs < MAX_HOLD_MS) return;
    await new Promise((resume) => setImmediate(resume));
    SqliteExecutor.lastTurnMs = performance.now();
  }
}
