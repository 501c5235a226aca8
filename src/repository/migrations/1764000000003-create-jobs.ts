import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { columnTypes } from './column-types.js';

/** Jobs, their steps and batches, logs, failures, and the clock of scheduled runs (processing.md). */
export class CreateJobs1764000000003 implements MigrationInterface {
  readonly name = 'CreateJobs1764000000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(jobTable(runner));
    await runner.createTable(stepTable(runner));
    await runner.createTable(batchTable(runner));
    for (const table of logTables(runner)) await runner.createTable(table);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const name of ['schedule', 'job_failure', 'job_log', 'job_progress', 'job_batch', 'job_step', 'job']) {
      await runner.dropTable(`guides_${name}`);
    }
  }
}

/** The control row: written by start, cancel, resume and the end of a job, never by the progress of a batch. */
function jobTable(runner: QueryRunner): Table {
  const { code, path, text, integer, small } = columnTypes(runner);
  return new Table({
    name: 'guides_job',
    columns: [
      code('processing_id', 36, { isPrimary: true }),
      code('type', 128),
      path('path'),
      text('excluded_paths'),
      text('filter'),
      small('dry_run'),
      code('status', 16),
      integer('epoch'),
      // Hash of (type, path) while the job is active, else null: the constraint behind rule 7.
      code('active_key', 64, { isNullable: true }),
      code('created_by', 255),
      integer('created_at'),
      integer('started_at'),
      integer('completed_at'),
      text('comments'),
    ],
    indices: [
      { name: 'guides_job_active', columnNames: ['active_key'], isUnique: true },
      { name: 'guides_job_created', columnNames: ['created_at'] },
    ],
  });
}

function stepTable(runner: QueryRunner): Table {
  const { code, path, integer, small } = columnTypes(runner);
  return new Table({
    name: 'guides_job_step',
    columns: [
      code('processing_id', 36, { isPrimary: true }),
      small('step', { isPrimary: true }),
      code('plan_status', 16),
      path('plan_cursor', { isNullable: true }),
      integer('next_batch'),
      code('lease_owner', 255, { isNullable: true }),
      code('lease_token', 36, { isNullable: true }),
      integer('lease_until'),
    ],
  });
}

function batchTable(runner: QueryRunner): Table {
  const { code, path, text, integer, small } = columnTypes(runner);
  return new Table({
    name: 'guides_job_batch',
    columns: [
      code('processing_id', 36, { isPrimary: true }),
      small('step', { isPrimary: true }),
      integer('number', { isPrimary: true }),
      path('from_key'),
      path('to_key'),
      integer('planned_count'),
      text('planned_types'),
      small('state'),
      code('lease_owner', 255, { isNullable: true }),
      code('lease_token', 36, { isNullable: true }),
      integer('lease_until'),
      integer('not_before'),
      integer('attempts'),
      integer('epoch'),
      integer('succeeded'),
      integer('failed'),
      integer('skipped'),
      integer('committed_at'),
      integer('elapsed_ms'),
      text('type_counts'),
      text('type_elapsed'),
    ],
    indices: [
      { name: 'guides_job_batch_due', columnNames: ['processing_id', 'step', 'state', 'number'] },
      // Covers the sums of rule 4.
      {
        name: 'guides_job_batch_sums',
        columnNames: ['processing_id', 'step', 'state', 'planned_count', 'succeeded', 'failed', 'skipped'],
      },
      { name: 'guides_job_batch_owner', columnNames: ['lease_owner'] },
      { name: 'guides_job_batch_recent', columnNames: ['processing_id', 'epoch', 'committed_at'] },
    ],
  });
}

function logTables(runner: QueryRunner): Table[] {
  const { code, path, text, integer } = columnTypes(runner);
  return [
    new Table({
      name: 'guides_job_progress',
      columns: [code('processing_id', 36, { isPrimary: true }), integer('log_lines')],
    }),
    new Table({
      name: 'guides_job_log',
      columns: [
        code('processing_id', 36, { isPrimary: true }),
        integer('first_line', { isPrimary: true }),
        integer('line_count'),
        text('text'),
      ],
    }),
    new Table({
      name: 'guides_job_failure',
      columns: [
        code('processing_id', 36, { isPrimary: true }),
        integer('batch', { isPrimary: true }),
        integer('ordinal', { isPrimary: true }),
        path('path'),
        code('file_type', 16),
        code('step', 128),
        text('error'),
        integer('line', { isNullable: true }),
        integer('column_number', { isNullable: true }),
      ],
    }),
    new Table({
      name: 'guides_schedule',
      columns: [code('name', 64, { isPrimary: true }), integer('last_slot')],
    }),
  ];
}
