import { type MigrationInterface, type QueryRunner, Table, TableIndex } from 'typeorm';
import { columnTypes } from './column-types.js';

/** What processing found: a record per asset and the reference graph, for all providers (repository.md, "Both"). */
export class CreateRecords1764000000002 implements MigrationInterface {
  readonly name = 'CreateRecords1764000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(recordTable(runner));
    await createReferenceTable(runner);
    const { integer } = columnTypes(runner);
    await runner.createTable(
      new Table({ name: 'guides_reference_queue', columns: [integer('source_id', { isPrimary: true })] }),
    );
    await runner.createTable(new Table({ name: 'guides_graph_lock', columns: [integer('id', { isPrimary: true })] }));
    await runner.query('INSERT INTO guides_graph_lock (id) VALUES (1)');
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const name of ['guides_graph_lock', 'guides_reference_queue', 'guides_asset_reference', 'guides_asset_record']) {
      await runner.dropTable(name);
    }
  }
}

function recordTable(runner: QueryRunner): Table {
  const { code, path, text, integer } = columnTypes(runner);
  return new Table({
    name: 'guides_asset_record',
    columns: [
      integer('id', { isPrimary: true }),
      path('path'),
      code('uuid', 64),
      // File name without extension where it begins with `GUID-` (extraction.md, section 8.9).
      path('guid_stem', { isNullable: true }),
      code('file_type', 16),
      code('sha256', 64),
      integer('size'),
      code('outcome', 16),
      code('pipeline_version', 255),
      integer('processed_at'),
      code('anchors_hash', 64),
      text('facts'),
    ],
    indices: [
      { name: 'guides_asset_record_path', columnNames: ['path'], isUnique: true },
      { name: 'guides_asset_record_uuid', columnNames: ['uuid'], isUnique: true },
      { name: 'guides_asset_record_stem', columnNames: ['guid_stem'] },
    ],
  });
}

async function createReferenceTable(runner: QueryRunner): Promise<void> {
  const { sqlite, code, path, text, integer } = columnTypes(runner);
  await runner.createTable(
    new Table({
      name: 'guides_asset_reference',
      withoutRowid: true,
      columns: [
        integer('source_id', { isPrimary: true }),
        integer('ordinal', { isPrimary: true }),
        code('kind', 32),
        text('element'),
        text('attribute'),
        text('raw'),
        text('scope', { isNullable: true }),
        text('format', { isNullable: true }),
        path('target_path', { isNullable: true }),
        // Where a GUID name led to instead of target_path; both are null for references to no asset.
        path('resolved_target', { isNullable: true }),
        path('guid_stem', { isNullable: true }),
        text('fragment', { isNullable: true }),
        // Null: not decided yet; the source stands in guides_reference_queue.
        code('status', 24, { isNullable: true }),
        text('ref_key', { isNullable: true }),
        text('key_element', { isNullable: true }),
        text('defaulted', { isNullable: true }),
        integer('line'),
      ],
    }),
  );
  if (sqlite) {
    // The reference phase reads only these, by this condition word for word; MariaDB finds them through the queue.
    const where = `("status" IS NULL OR ("guid_stem" IS NOT NULL AND "status" IN ('copy-to', 'keyed')))`;
    await runner.createIndex(
      'guides_asset_reference',
      new TableIndex({ name: 'guides_asset_reference_undecided', columnNames: ['source_id', 'ordinal'], where }),
    );
  }
  for (const column of ['target_path', 'resolved_target', 'guid_stem']) {
    // Most references name no asset of the repository: keys and external links stay out of the index where they can.
    const where = sqlite ? `"${column}" IS NOT NULL` : undefined;
    await runner.createIndex(
      'guides_asset_reference',
      new TableIndex({ name: `guides_asset_reference_${column}`, columnNames: [column], where }),
    );
  }
}
