import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { KEEP_ALIVE, parseDatabaseUrl, type ServerConnection, type SqliteConnection } from '../unit-of-work/database-options.js';
import { Dialect } from '../unit-of-work/dialect.js';
import { TableNames } from '../unit-of-work/table-names.js';
import type { HeartbeatChange, HeartbeatOrder } from './lease-heartbeat.js';
import { renewStatements } from './renew-statements.js';

/** One beat: prolongs the leases. May fail; the next one comes soon. */
type Beat = () => Promise<void>;

const order = workerData as HeartbeatOrder;
const { owner, leaseMs, intervalMs } = order;
const names = new TableNames(order.tablePrefix);
/** Tokens of the claims that the process works on now. */
const held = new Set(order.held);

parentPort?.on('message', ({ hold, drop }: HeartbeatChange) => {
  if (hold !== undefined) held.add(hold);
  if (drop !== undefined) held.delete(drop);
});

/** The drivers directly and not through TypeORM, which would cost this small thread 40 MB. */
async function connect(): Promise<Beat> {
  const connection = parseDatabaseUrl(order.databaseUrl);
  return connection.kind === 'sqlite' ? connectSqlite(connection) : connectServer(connection);
}

async function connectSqlite({ file }: SqliteConnection): Promise<Beat> {
  const { default: Sqlite } = await import('better-sqlite3');
  const db = new Sqlite(file, { timeout: Math.max(20, Math.floor(intervalMs / 2)) });
  const statements = renewStatements(new Dialect('sqlite').nowMs).map((sql) => db.prepare(names.in(sql)));
  return () => {
    // Writing the log back waits for the disk: better here than in a commit on the main thread.
    db.pragma('wal_checkpoint(PASSIVE)');
    for (const token of held) {
      for (const statement of statements) statement.run(leaseMs, owner, token);
    }
    return Promise.resolve();
  };
}

async function connectServer(connection: ServerConnection): Promise<Beat> {
  const { createPool } = await import('mysql2/promise');
  const { host, port, user, password, database, socketPath, ssl } = connection;
  const pool = createPool({ ...KEEP_ALIVE, host, port, user, password, database, socketPath, ssl, connectionLimit: 1, charset: 'utf8mb4_bin' });
  const statements = renewStatements(new Dialect('mariadb').nowMs).map((sql) => names.in(sql));
  return async () => {
    for (const token of held) {
      for (const sql of statements) await pool.query(sql, [leaseMs, owner, token]);
    }
  };
}

const beat = await connect();
for (;;) {
  await delay(intervalMs);
  try {
    await beat();
  } catch {
    // The database is away or busy: a lease that runs out for it is taken over safely.
  }
}
