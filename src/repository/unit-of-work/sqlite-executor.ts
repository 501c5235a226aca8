import type { QueryRunner } from 'typeorm';
import type { Row, SqlExecutor } from '../../contracts/unit-of-work.js';
import { EventLoopTurn } from './event-loop-turn.js';
import type { TableNames } from './table-names.js';

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

/** What belongs to one connection of the driver. */
interface Connection {
  handle: Handle;
  statements: Map<string, Statement>;
  turn: EventLoopTurn;
}

const connections = new WeakMap<Handle, Connection>();

/**
 * Statements on TypeORM's SQLite connection, prepared once. Straight to the driver: TypeORM's own `query` costs more than
 * most statements here, and a statement with thousands of placeholders four times as much as a prepared one run row by
 * row. The driver works on the event loop itself, so long work gives way now and then.
 */
export class SqliteExecutor implements SqlExecutor {
  constructor(
    private readonly runner: QueryRunner,
    private readonly names: TableNames,
  ) {}

  async query<R extends object = Row>(sql: string, parameters: readonly unknown[] = []): Promise<R[]> {
    const connection = await this.connection();
    connection.turn.begin();
    const rows = statementOf(connection, this.names.in(sql)).all(...parameters) as R[];
    await connection.turn.giveWay();
    return rows;
  }

  async execute(sql: string, parameters: readonly unknown[] = []): Promise<number> {
    const connection = await this.connection();
    connection.turn.begin();
    const { changes } = statementOf(connection, this.names.in(sql)).run(...parameters);
    await connection.turn.giveWay();
    return changes;
  }

  async executeEach(sql: string, rows: readonly (readonly unknown[])[]): Promise<void> {
    const connection = await this.connection();
    const statement = statementOf(connection, this.names.in(sql));
    for (let from = 0; from < rows.length; from += ROWS_PER_LOOK) {
      connection.turn.begin();
      for (const row of rows.slice(from, from + ROWS_PER_LOOK)) statement.run(...row);
      await connection.turn.giveWay();
    }
  }

  private async connection(): Promise<Connection> {
    const handle = (await this.runner.connect()) as Handle;
    let connection = connections.get(handle);
    if (!connection) {
      connection = { handle, statements: new Map(), turn: new EventLoopTurn() };
      connections.set(handle, connection);
    }
    return connection;
  }
}

function statementOf({ handle, statements }: Connection, sql: string): Statement {
  let statement = statements.get(sql);
  if (!statement) {
    statement = handle.prepare(sql);
    if (statements.size >= MAX_PREPARED) statements.clear();
    statements.set(sql, statement);
  }
  return statement;
}
