import { setTimeout as delay } from 'node:timers/promises';
import { workerData } from 'node:worker_threads';
import { openDatabase } from '../unit-of-work/open-database.js';
import { renewStatements } from './job-batch.store.js';
import type { HeartbeatOrder } from './lease-heartbeat.js';

const { databaseUrl, owner, leaseMs, intervalMs } = workerData as HeartbeatOrder;

const database = await openDatabase(databaseUrl, { poolSize: 1, migrate: false });
const statements = renewStatements(database.dialect.nowMs);

for (;;) {
  await delay(intervalMs);
  try {
    await database.run(async (tx) => {
      for (const statement of statements) await tx.execute(statement, [leaseMs, owner]);
    });
  } catch {
    // The database is away or busy: the next beat comes soon, and a lease that runs out is taken over safely.
  }
}
