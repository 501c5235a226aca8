import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { columnTypes } from './column-types.js';

/** Content of both providers, the blob table, and the counters that give out ids (repository.md). */
export class CreateContent1764000000001 implements MigrationInterface {
  readonly name = 'CreateContent1764000000001';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of [...jcrTables(runner), databaseTable(runner), ...sharedTables(runner)]) await runner.createTable(table);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const name of ['guides_sequence', 'guides_blob', 'guides_asset', 'jcr_asset', 'jcr_property', 'jcr_node']) {
      await runner.dropTable(name);
    }
  }
}

function jcrTables(runner: QueryRunner): Table[] {
  const { code, path, text, integer, small } = columnTypes(runner);
  return [
    new Table({
      name: 'jcr_node',
      columns: [
        integer('id', { isPrimary: true }),
        integer('parent_id', { isNullable: true }),
        path('name'),
        path('path'),
        code('primary_type', 255),
        text('mixins', { isNullable: true }),
        integer('position'),
      ],
      indices: [
        { name: 'jcr_node_path', columnNames: ['path'], isUnique: true },
        { name: 'jcr_node_children', columnNames: ['parent_id', 'position'] },
      ],
    }),
    new Table({
      name: 'jcr_property',
      withoutRowid: true,
      columns: [
        integer('node_id', { isPrimary: true }),
        code('name', 255, { isPrimary: true }),
        // Number of the JCR type, see property-type.ts.
        small('type'),
        small('multiple'),
        // Canonical text of the value; a JSON array of them when multiple; for BINARY the blob's SHA-256.
        text('value'),
      ],
    }),
    // The index beside the tree: one row per dam:Asset, so that walking assets never touches nodes.
    new Table({
      name: 'jcr_asset',
      withoutRowid: true,
      columns: [
        path('path', { isPrimary: true }),
        integer('node_id'),
        integer('content_id'),
        integer('metadata_id'),
        integer('renditions_id'),
        integer('resource_id'),
        code('sha256', 64),
        integer('size'),
        integer('version'),
        integer('created_at'),
        small('content_fragment'),
      ],
    }),
  ];
}

function databaseTable(runner: QueryRunner): Table {
  const { code, path, text, integer } = columnTypes(runner);
  return new Table({
    name: 'guides_asset',
    withoutRowid: true,
    columns: [
      path('path', { isPrimary: true }),
      code('guid', 64, { isNullable: true }),
      code('file_type', 16, { isNullable: true }),
      code('mime_type', 255),
      code('sha256', 64),
      integer('size'),
      integer('version'),
      text('title', { isNullable: true }),
      code('created_by', 255),
      integer('created_at'),
      integer('modified_at'),
      integer('processed_at', { isNullable: true }),
      // NEW until processed, then SUCCESS or FAILED.
      code('state', 16),
      text('metadata'),
    ],
    indices: [{ name: 'guides_asset_guid', columnNames: ['guid'], isUnique: true }],
  });
}

function sharedTables(runner: QueryRunner): Table[] {
  const { code, bytes, integer } = columnTypes(runner);
  return [
    new Table({
      name: 'guides_blob',
      columns: [
        code('sha256', 64, { isPrimary: true }),
        integer('size'),
        // Null: the bytes are a file.
        bytes('bytes', { isNullable: true }),
      ],
    }),
    new Table({
      name: 'guides_sequence',
      columns: [code('name', 64, { isPrimary: true }), integer('next_value')],
    }),
  ];
}
