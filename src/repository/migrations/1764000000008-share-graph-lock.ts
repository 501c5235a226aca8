import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { columnTypes } from './column-types.js';

/** As many as `GRAPH_SHARES` (src/repository/references). */
const SHARES = 13;

/**
 * The graph's lock in shares, so that batches of the reference phase do not wait for each other. The single lock goes: an instance of the
 * older version that still runs is refused by the database, for it would not be kept apart from the new ones.
 */
export class ShareGraphLock1764000000008 implements MigrationInterface {
  readonly name = 'ShareGraphLock1764000000008';

  async up(runner: QueryRunner): Promise<void> {
    await createLock(runner, 'guides_graph_share', SHARES);
    await runner.dropTable('guides_graph_lock');
  }

  async down(runner: QueryRunner): Promise<void> {
    await createLock(runner, 'guides_graph_lock', 1);
    await runner.dropTable('guides_graph_share');
  }
}

async function createLock(runner: QueryRunner, name: string, rows: number): Promise<void> {
  await runner.createTable(new Table({ name, columns: [columnTypes(runner).integer('id', { isPrimary: true })] }));
  const values = Array.from({ length: rows }, (_, i) => `(${i + 1})`).join(', ');
  await runner.query(`INSERT INTO ${name} (id) VALUES ${values}`);
}
