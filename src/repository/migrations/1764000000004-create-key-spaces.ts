import { type MigrationInterface, type QueryRunner, Table, TableIndex } from 'typeorm';
import { columnTypes } from './column-types.js';

const BROKEN_INDEX = 'guides_asset_reference_broken';

/** Key spaces of root maps as rows, and an index that finds broken references (extraction.md, sections 8 and 9). */
export class CreateKeySpaces1764000000004 implements MigrationInterface {
  readonly name = 'CreateKeySpaces1764000000004';

  async up(runner: QueryRunner): Promise<void> {
    const { sqlite, code, path, text, integer, small } = columnTypes(runner);
    await runner.createTable(
      new Table({
        name: 'guides_key_space',
        columns: [integer('root_id', { isPrimary: true }), small('is_fresh'), small('is_complete')],
      }),
    );
    // By map: a change of the map finds the key spaces that it makes stale.
    await runner.createTable(
      new Table({ name: 'guides_key_space_map', withoutRowid: true, columns: [integer('map_id', { isPrimary: true }), integer('root_id', { isPrimary: true })] }),
    );
    await runner.createTable(
      new Table({
        name: 'guides_key_scope',
        withoutRowid: true,
        columns: [integer('root_id', { isPrimary: true }), code('scope', 32, { isPrimary: true }), text('info')],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'guides_key',
        withoutRowid: true,
        columns: [
          integer('root_id', { isPrimary: true }),
          path('name', { isPrimary: true }),
          code('scope', 32, { isPrimary: true }),
          text('binding'),
        ],
      }),
    );
    await runner.createIndex('guides_key_space_map', new TableIndex({ name: 'guides_key_space_map_root', columnNames: ['root_id'] }));
    const where = sqlite ? `"status" IN ('missing-file', 'missing-fragment', 'outside-root')` : undefined;
    await runner.createIndex(
      'guides_asset_reference',
      new TableIndex({ name: BROKEN_INDEX, columnNames: sqlite ? ['source_id', 'ordinal'] : ['status', 'source_id', 'ordinal'], where }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex('guides_asset_reference', BROKEN_INDEX);
    for (const name of ['guides_key', 'guides_key_scope', 'guides_key_space_map', 'guides_key_space']) await runner.dropTable(name);
  }
}
