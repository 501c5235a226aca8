import { DataSource, type MixedList } from 'typeorm';
import { RepositoryUnavailableError } from '../../contracts/errors.js';
import { MIGRATIONS } from '../migrations/index.js';
import { type ConnectionOptions, ensureFolder, parseDatabaseUrl, type ServerConnection, type SqliteConnection } from './database-options.js';
import { Database } from './database.js';
import { Dialect } from './dialect.js';
import { translate } from './driver-errors.js';

/** A SQLite page cache of 8 MiB a connection: the upper levels of every index; the rest is in the system's cache. */
const SQLITE_CACHE_KIB = 8192;
/** Pages of write-ahead log (80 MB) at which a commit would write them back itself; the lease heartbeat does so long before. */
const SQLITE_AUTO_CHECKPOINT_PAGES = 20_000;

/** Names of locks are the server's own, not the database's, and at most 64 characters long. */
const MIGRATION_LOCK = "CONCAT('guides.', SHA1(DATABASE()))";
const MIGRATION_WAIT_S = 300;

export interface OpenDatabaseOptions {
  /** Connections to a server. @default 10 */
  poolSize?: number;
  /** Bring the schema up to date. @default true */
  migrate?: boolean;
}

/**
 * Connects to the database of `url` and brings its schema up to date.
 * @throws ConfigurationError for a URL that cannot be read, RepositoryUnavailableError when nobody answers.
 */
export async function openDatabase(url: string, options: OpenDatabaseOptions = {}): Promise<Database> {
  const connection = parseDatabaseUrl(url);
  const database = connection.kind === 'sqlite' ? await openSqlite(connection) : await openServer(connection, options);
  if (options.migrate ?? true) await migrate(database, connection);
  return database;
}

/** One instance at a time: several may start at once on an empty database, and a server's DDL knows no transaction. */
async function migrate({ writeSource }: Database, connection: ConnectionOptions): Promise<void> {
  const run = () => writeSource.runMigrations({ transaction: 'each' });
  if (connection.kind === 'sqlite') {
    await run();
    return;
  }
  // A connection of its own, which holds the lock until it ends: the pool may have no second one.
  const locking = await initialize(new DataSource({ ...serverOptions(connection), type: 'mysql', poolSize: 1 }));
  try {
    const [row] = await locking.query<{ locked: number | null }[]>(`SELECT GET_LOCK(${MIGRATION_LOCK}, ${MIGRATION_WAIT_S}) AS locked`);
    if (row?.locked !== 1) throw new RepositoryUnavailableError('Another instance has been changing the schema for too long.');
    await run();
  } finally {
    await locking.destroy();
  }
}

async function openSqlite(connection: SqliteConnection): Promise<Database> {
  ensureFolder(connection);
  const writeSource = await initialize(
    new DataSource({
      type: 'better-sqlite3',
      database: connection.file,
      enableWAL: true,
      // Waiting inside the driver would stop the event loop; the unit of work waits outside of it.
      timeout: 20,
      statementCacheSize: 200,
      prepareDatabase: (db: SqliteHandle) => prepare(db),
      migrations: MIGRATIONS as MixedList<never>,
      migrationsTableName: 'guides_migration',
    }),
  );
  const readSource = await initialize(
    new DataSource({
      type: 'better-sqlite3',
      database: connection.file,
      timeout: 1000,
      statementCacheSize: 200,
      prepareDatabase: (db: SqliteHandle) => {
        prepare(db);
        db.pragma('query_only = ON');
      },
    }),
  );
  return new Database(writeSource, readSource, new Dialect('sqlite'));
}

async function openServer(connection: ServerConnection, options: OpenDatabaseOptions): Promise<Database> {
  const name = await detectServer(connection);
  const source = await initialize(
    new DataSource({
      ...serverOptions(connection),
      type: name,
      poolSize: options.poolSize ?? 10,
      migrations: MIGRATIONS as MixedList<never>,
      migrationsTableName: 'guides_migration',
    }),
  );
  return new Database(source, source, new Dialect(name));
}

/** MariaDB must be driven as `mariadb`, MySQL as `mysql`, whatever the URL says. */
async function detectServer(connection: ServerConnection): Promise<'mariadb' | 'mysql'> {
  const probe = await initialize(new DataSource({ ...serverOptions(connection), type: 'mysql', poolSize: 1 }));
  try {
    const [row] = await probe.query<{ version: string }[]>('SELECT VERSION() AS version');
    return row?.version.toLowerCase().includes('mariadb') ? 'mariadb' : 'mysql';
  } finally {
    await probe.destroy();
  }
}

function serverOptions(connection: ServerConnection) {
  return {
    host: connection.host,
    port: connection.port,
    username: connection.user,
    password: connection.password,
    database: connection.database,
    charset: 'utf8mb4_bin',
    timezone: 'Z',
    bigNumberStrings: false,
    connectTimeout: 10_000,
    ...(connection.ssl ? { ssl: connection.ssl } : {}),
    extra: { typeCast: decodeVarbinary, ...(connection.socketPath ? { socketPath: connection.socketPath } : {}) },
  } as const;
}

interface MysqlField {
  type: string;
  string(encoding?: string): string | null;
}

/** Paths are VARBINARY, so that they compare by their bytes; to the code they are text all the same. */
function decodeVarbinary(field: MysqlField, next: () => unknown): unknown {
  return field.type === 'VAR_STRING' || field.type === 'STRING' ? field.string('utf8') : next();
}

interface SqliteHandle {
  pragma(text: string): unknown;
}

function prepare(db: SqliteHandle): void {
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = NORMAL');
  db.pragma(`cache_size = -${SQLITE_CACHE_KIB}`);
  db.pragma('temp_store = MEMORY');
  db.pragma(`wal_autocheckpoint = ${SQLITE_AUTO_CHECKPOINT_PAGES}`);
}

async function initialize(source: DataSource): Promise<DataSource> {
  try {
    return await source.initialize();
  } catch (error) {
    throw translate(error);
  }
}

export type { ConnectionOptions };
