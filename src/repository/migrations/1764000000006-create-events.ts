import { type MigrationInterface, type QueryRunner, Table, type TableColumnOptions } from 'typeorm';
import { columnTypes } from './column-types.js';

/** What is announced and not delivered yet, by receiver (http-api.md, "Event"). */
export class CreateEvents1764000000006 implements MigrationInterface {
  readonly name = 'CreateEvents1764000000006';

  async up(runner: QueryRunner): Promise<void> {
    const { code, path, text, integer, small } = columnTypes(runner);
    // Given out when the row is written, when its assets are locked: ascending for each asset. Never used again.
    const ascending: Partial<TableColumnOptions> = { isPrimary: true, isGenerated: true, generationStrategy: 'increment' };
    await runner.createTable(
      new Table({
        name: 'guides_event_portion',
        columns: [integer('id', ascending), code('receiver', 128), integer('created_at'), small('done'), text('events')],
        indices: [
          { name: 'guides_event_portion_next', columnNames: ['receiver', 'id'] },
          { name: 'guides_event_portion_age', columnNames: ['created_at'] },
        ],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'guides_event_letter',
        columns: [
          code('receiver', 128, { isPrimary: true }),
          integer('seq', { isPrimary: true }),
          code('event_id', 36),
          path('order_key'),
          integer('created_at'),
          small('attempts'),
          integer('not_before'),
          // 0 while it is tried.
          integer('died_at'),
          text('reason'),
          text('event'),
        ],
        indices: [
          { name: 'guides_event_letter_due', columnNames: ['receiver', 'died_at', 'not_before'] },
          { name: 'guides_event_letter_order', columnNames: ['receiver', 'order_key', 'seq'] },
          { name: 'guides_event_letter_age', columnNames: ['created_at'] },
        ],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'guides_event_receiver',
        columns: [
          code('name', 128, { isPrimary: true }),
          code('lease_owner', 255, { isNullable: true }),
          code('lease_token', 36, { isNullable: true }),
          integer('lease_until'),
          integer('failures'),
          integer('not_before'),
        ],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const name of ['receiver', 'letter', 'portion']) await runner.dropTable(`guides_event_${name}`);
  }
}
