import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { KEEP_ALIVE, parseDatabaseUrl, type ServerConnection, type SqliteConnection } from '../unit-of-work/database-options.js';
import { Dialect } from '../unit-of-work/dialect.js';
import { TableNames } from '../unit-of-work/table-names.js';
import { renewal } from './held-claim.js';
import type { HeartbeatChange, HeartbeatOrder } from './lease-heartbeat.js';

interface Connection {
  /** Done once in each beat, before the leases. */
  writeBack?: () => void;
  /** Prolongs one lease. */
  renew: (sql: string, parameters: (string | number)[]) => unknown;
  dialect: Dialect;
}

/** Seconds for the row of a batch that is just being committed: the other leases must not wait for it, and nobody else can take it. */
const LOCK_WAIT_S = 1;

const order = workerData as HeartbeatOrder;
const { leaseMs, intervalMs } = order;
const names = new TableNames(order.tablePrefix);
/** The claims that the process works on now, by token. */
const held = new Map(order.held.map((claim) => [claim.token, claim]));

parentPort?.on('message', ({ hold, drop }: HeartbeatChange) => {
  if (hold !== undefined) held.set(hold.token, hold);
  if (drop !== undefined) held.delete(drop);
});

/** The drivers directly and not through TypeORM, which would cost this small thread 40 MB. */
async function connect(): Promise<Connection> {
  const connection = parseDatabaseUrl(order.databaseUrl);
  return connection.kind === 'sqlite' ? connectSqlite(connection) : connectServer(connection);
}

async function connectSqlite({ file }: SqliteConnection): Promise<Connection> {
  const { default: Sqlite } = await import('better-sqlite3');
  const db = new Sqlite(file, { timeout: Math.max(20, Math.floor(intervalMs / 2)) });
  return {
    // Writing the log back waits for the disk: better here than in a commit on the main thread.
    writeBack: () => db.pragma('wal_checkpoint(PASSIVE)'),
    renew: (sql, parameters) => db.prepare(sql).run(...parameters),
    dialect: new Dialect('sqlite'),
  };
}

async function connectServer(connection: ServerConnection): Promise<Connection> {
  const { createPool } = await import('mysql2');
  const { host, port, user, password, database, socketPath, ssl } = connection;
  const pool = createPool({ ...KEEP_ALIVE, host, port, user, password, database, socketPath, ssl, connectionLimit: 1, charset: 'utf8mb4_bin' });
  pool.on('connection', (opened) => opened.query(`SET SESSION innodb_lock_wait_timeout = ${LOCK_WAIT_S}`, () => undefined));
  return { renew: (sql, parameters) => pool.promise().query(sql, parameters), dialect: new Dialect('mariadb') };
}

/** The database may be away or busy: the next beat comes soon, and a lease that runs out for it is taken over safely. */
async function tryTo(act: () => unknown): Promise<void> {
  try {
    await act();
  } catch {
    // See above.
  }
}

const { writeBack, renew, dialect } = await connect();
for (;;) {
  await delay(intervalMs);
  if (writeBack) await tryTo(writeBack);
  for (const claim of held.values()) {
    const { sql, parameters } = renewal(claim, leaseMs, dialect);
    await tryTo(() => renew(names.in(sql), parameters));
  }
}
