import type { QueryRunner } from 'typeorm';
import type { Row, SqlExecutor } from '../../contracts/unit-of-work.js';
import type { TableNames } from './table-names.js';

/** Statements on a connection to MariaDB or MySQL. */
export class ServerExecutor implements SqlExecutor {
  constructor(
    private readonly runner: QueryRunner,
    private readonly names: TableNames,
  ) {}

  async query<R extends object = Row>(sql: string, parameters: readonly unknown[] = []): Promise<R[]> {
    const { records } = await this.runner.query(this.names.in(sql), [...parameters], true);
    return records as R[];
  }

  async execute(sql: string, parameters: readonly unknown[] = []): Promise<number> {
    const { affected } = await this.runner.query(this.names.in(sql), [...parameters], true);
    return affected ?? 0;
  }

  async executeEach(sql: string, rows: readonly (readonly unknown[])[]): Promise<void> {
    for (const row of rows) await this.execute(sql, row);
  }
}
