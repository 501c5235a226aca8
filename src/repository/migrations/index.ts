import type { MigrationInterface, QueryRunner } from 'typeorm';
import { TableNames } from '../unit-of-work/table-names.js';
import { CreateContent1764000000001 } from './1764000000001-create-content.js';
import { CreateRecords1764000000002 } from './1764000000002-create-records.js';
import { CreateJobs1764000000003 } from './1764000000003-create-jobs.js';
import { CreateKeySpaces1764000000004 } from './1764000000004-create-key-spaces.js';
import { CreateEvents1764000000006 } from './1764000000006-create-events.js';
import { CreateStatusJobs1764000000007 } from './1764000000007-create-status-jobs.js';
import { ShareGraphLock1764000000008 } from './1764000000008-share-graph-lock.js';
import { prefixedRunner } from './prefixed-runner.js';

/** A class that TypeORM makes a migration of. */
export type MigrationClass = new () => MigrationInterface;

/** Every migration in order. */
const MIGRATIONS: readonly MigrationClass[] = [
  CreateContent1764000000001,
  CreateRecords1764000000002,
  CreateJobs1764000000003,
  CreateKeySpaces1764000000004,
  CreateEvents1764000000006,
  CreateStatusJobs1764000000007,
  ShareGraphLock1764000000008,
];

/** Reads what the newest migration makes: where it can, all of them have run, whoever ran them. */
export const NEWEST_SCHEMA = 'SELECT id FROM guides_graph_share WHERE 1 = 0';

/**
 * Every migration in order, for a host that runs them with its own (`migrations: [...its own, ...guidesMigrations()]`) and sets
 * `runMigrations: false`.
 * @param tablePrefix the setting `databaseTablePrefix`
 */
export function guidesMigrations(tablePrefix = ''): MigrationClass[] {
  if (tablePrefix === '') return [...MIGRATIONS];
  const names = new TableNames(tablePrefix);
  return MIGRATIONS.map(
    (Migration) =>
      class extends Migration {
        override up(runner: QueryRunner): Promise<void> {
          return super.up(prefixedRunner(runner, names));
        }
        override down(runner: QueryRunner): Promise<void> {
          return super.down(prefixedRunner(runner, names));
        }
      },
  );
}
