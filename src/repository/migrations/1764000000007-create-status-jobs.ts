import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { columnTypes } from './column-types.js';

/** Questions for the state of assets (http-api.md, "POST /assets/status"). */
export class CreateStatusJobs1764000000007 implements MigrationInterface {
  readonly name = 'CreateStatusJobs1764000000007';

  async up(runner: QueryRunner): Promise<void> {
    const { code, text, integer } = columnTypes(runner);
    await runner.createTable(
      new Table({
        name: 'guides_status_job',
        columns: [code('job_id', 36, { isPrimary: true }), code('created_by', 255), integer('created_at'), text('question')],
        indices: [{ name: 'guides_status_job_age', columnNames: ['created_at'] }],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('guides_status_job');
  }
}
