import { setTimeout as delay } from 'node:timers/promises';
import { DataSource, type MixedList } from 'typeorm';
import { ConfigurationError, RepositoryUnavailableError } from '../../contracts/errors.js';
import { loadOptional } from '../../contracts/optional-package.js';
import { guidesMigrations, NEWEST_SCHEMA } from '../migrations/index.js';
import { type ConnectionOptions, ensureFolder, KEEP_ALIVE, parseDatabaseUrl, type ServerConnection, type SqliteConnection } from './database-options.js';
import { Database, DEFAULT_IDLE_TRANSACTION_MS } from './database.js';
import { Dialect } from './dialect.js';
import { isConflict, translate } from './driver-errors.js';
import { TableNames } from './table-names.js';

/** A SQLite page cache of 8 MiB a connection: the upper levels of every index; the rest is in the system's cache. */
const SQLITE_CACHE_KIB = 8192;
/** Pages of write-ahead log (80 MB) at which a commit would write them back itself; the lease heartbeat does so long before. */
const SQLITE_AUTO_CHECKPOINT_PAGES = 20_000;

/** How long opening waits for a process that has the whole file to itself. */
const SQLITE_OPEN_WAIT_MS = 30_000;

/** Names of locks are the server's own, not the database's, and at most 64 characters long. */
const MIGRATION_LOCK = "CONCAT('guides.', SHA1(DATABASE()))";
const MIGRATION_WAIT_S = 300;

const DEFAULT_POOL_SIZE = 10;

export interface OpenDatabaseOptions {
  /** Connections to a server. @default 10 */
  poolSize?: number;
  /** Bring the schema up to date. @default true */
  migrate?: boolean;
  /** Before the names of all tables and indexes. @default null, for nothing */
  tablePrefix?: string | null;
  /** A server's transaction that stands still so long is rolled back: its locks would hold up all others. @default 15000 ms */
  idleTransactionMs?: number;
}

/**
 * Connects to the database of `url` and brings its schema up to date.
 * @throws ConfigurationError for a URL that cannot be read, RepositoryUnavailableError when nobody answers.
 */
export async function openDatabase(url: string, options: OpenDatabaseOptions = {}): Promise<Database> {
  const connection = parseDatabaseUrl(url);
  await checkDriver(connection);
  const database = connection.kind === 'sqlite' ? await openSqlite(connection, options) : await openServer(connection, options);
  if (options.migrate ?? true) await migrate(database, connection);
  else await checkSchema(database);
  return database;
}

/** @throws ConfigurationError when nobody has made the tables, or has not brought them up to date. */
async function checkSchema(database: Database): Promise<void> {
  try {
    await database.reader.query(NEWEST_SCHEMA);
  } catch (error) {
    if (error instanceof RepositoryUnavailableError) throw error;
    await database.close();
    throw new ConfigurationError('Tables of the module are missing or of an older version: run its migrations, guidesMigrations(), with those of the host.', { cause: error });
  }
}

/** One instance at a time: several may start at once on an empty database, and a server's DDL knows no transaction. */
async function migrate(database: Database, connection: ConnectionOptions): Promise<void> {
  const { writeSource } = database;
  if (connection.kind === 'sqlite') {
    // One shared connection: what TypeORM runs is inside this transaction, which keeps all other processes out until it commits.
    await database.run(() => writeSource.runMigrations({ transaction: 'none' }));
    return;
  }
  // A connection of its own, which holds the lock until it ends: the pool may have no second one.
  const locking = await initialize(new DataSource({ ...serverOptions(connection), type: 'mysql', poolSize: 1 }));
  try {
    const [row] = await locking.query<{ locked: number | null }[]>(`SELECT GET_LOCK(${MIGRATION_LOCK}, ${MIGRATION_WAIT_S}) AS locked`);
    if (row?.locked !== 1) throw new RepositoryUnavailableError('Another instance has been changing the schema for too long.');
    await writeSource.runMigrations({ transaction: 'each' });
  } finally {
    await locking.destroy();
  }
}

function migrations(tablePrefix: string | null = null) {
  return { migrations: guidesMigrations(tablePrefix ?? '') as MixedList<never>, migrationsTableName: `${tablePrefix ?? ''}guides_migration` };
}

/** TypeORM loads the driver by itself, and says little when it is not there. */
async function checkDriver({ kind }: ConnectionOptions): Promise<void> {
  if (kind === 'sqlite') await loadOptional('A SQLite database (databaseUrl)', () => import('better-sqlite3'));
  else await loadOptional('A MariaDB or MySQL database (databaseUrl)', () => import('mysql2'));
}

async function openSqlite(connection: SqliteConnection, { tablePrefix }: OpenDatabaseOptions): Promise<Database> {
  ensureFolder(connection);
  const writeSource = await initialize(
    new DataSource({
      type: 'better-sqlite3',
      database: connection.file,
      // Waiting inside the driver would stop the event loop; the unit of work waits outside of it.
      timeout: 20,
      statementCacheSize: 200,
      prepareDatabase: (db: SqliteHandle) => prepare(db),
      ...migrations(tablePrefix),
    }),
  );
  const readSource = await initialize(
    new DataSource({
      type: 'better-sqlite3',
      database: connection.file,
      timeout: 1000,
      statementCacheSize: 200,
      prepareDatabase: async (db: SqliteHandle) => {
        await prepare(db);
        db.pragma('query_only = ON');
      },
    }),
  );
  return new Database(writeSource, readSource, new Dialect('sqlite'), new TableNames(tablePrefix ?? ''));
}

async function openServer(connection: ServerConnection, options: OpenDatabaseOptions): Promise<Database> {
  const name = await detectServer(connection);
  const { poolSize = DEFAULT_POOL_SIZE, idleTransactionMs = DEFAULT_IDLE_TRANSACTION_MS } = options;
  const common = serverOptions(connection);
  const source = await initialize(
    new DataSource({
      ...common,
      type: name,
      poolSize,
      // MySQL ends idle connections too (see `idleTransactionLimit`): the pool does so first, so that none ends under a query.
      ...(name === 'mysql' ? { extra: { ...common.extra, maxIdle: Math.max(1, poolSize - 1), idleTimeout: idleTransactionMs / 2 } } : {}),
      ...migrations(options.tablePrefix),
    }),
  );
  return new Database(source, source, new Dialect(name), new TableNames(options.tablePrefix ?? ''), idleTransactionMs);
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
    // No stack is caught for each query beforehand (3 % of the main thread's time): the errors of TypeORM have one of their own.
    extra: { ...KEEP_ALIVE, trace: false, typeCast: decodeVarbinary, ...(connection.socketPath ? { socketPath: connection.socketPath } : {}) },
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

async function prepare(db: SqliteHandle): Promise<void> {
  await whenFree(() => db.pragma('journal_mode = WAL'));
  db.pragma('synchronous = NORMAL');
  db.pragma(`cache_size = -${SQLITE_CACHE_KIB}`);
  db.pragma('temp_store = MEMORY');
  db.pragma(`wal_autocheckpoint = ${SQLITE_AUTO_CHECKPOINT_PAGES}`);
}

/** The change to a write-ahead log needs the file for itself, and another process may be making the same change. */
async function whenFree(change: () => unknown): Promise<void> {
  for (const giveUpAt = Date.now() + SQLITE_OPEN_WAIT_MS; ; await delay(20)) {
    try {
      change();
      return;
    } catch (error) {
      if (!isConflict(error) || Date.now() > giveUpAt) throw error;
    }
  }
}

async function initialize(source: DataSource): Promise<DataSource> {
  try {
    return await source.initialize();
  } catch (error) {
    const translated = translate(error);
    if (translated !== error) throw translated;
    // A wrong password, a database that is not there, a certificate that nobody vouches for.
    throw new RepositoryUnavailableError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

export type { ConnectionOptions };
