import { DataSource, type MixedList } from 'typeorm';
import { MIGRATIONS } from '../migrations/index.js';
import { type ConnectionOptions, ensureFolder, parseDatabaseUrl, type ServerConnection, type SqliteConnection } from './database-options.js';
import { Database } from './database.js';
import { Dialect } from './dialect.js';
import { translate } from './driver-errors.js';

/** A SQLite page cache of 32 MiB a connection: the upper levels of every index stay in memory. */
const SQLITE_CACHE_KIB = 32_768;
/** Pages of write-ahead log (80 MB) at which a commit would write them back itself; the lease heartbeat does so long before. */
const SQLITE_AUTO_CHECKPOINT_PAGES = 20_000;

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
  if (options.migrate ?? true) await database.writeSource.runMigrations({ transaction: 'each' });
  return database;
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
