import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createConnection } from 'mysql2/promise';
import { freePort } from './free-port.mjs';
import { ensureMariadbInstalled, ensureRedisInstalled } from '../support/server-install.mjs';

/**
 * As docs/operations.md has it, and durable: the server of the tests forgets commits when the power fails. With a log
 * this large no measure pays for pages that an earlier one left to be written.
 */
const DURABLE = [
  '--skip-networking',
  '--innodb-buffer-pool-size=1G',
  '--innodb-log-file-size=8G',
  '--innodb-flush-method=fsync',
  '--innodb-doublewrite=1',
  '--innodb-flush-log-at-trx-commit=1',
];

/** How long the server may take to clear away what earlier jobs deleted. */
const PURGED_MS = 60_000;

/** A MariaDB and a Redis for one benchmark, in temporary folders. @throws Error that says what to install */
export async function startServers() {
  const missing = ensureMariadbInstalled() ?? ensureRedisInstalled();
  if (missing !== null) throw new Error(missing);
  const keeper = spawn(process.execPath, [fileURLToPath(new URL('../support/mariadb-keeper.mjs', import.meta.url)), ...DURABLE], { stdio: ['pipe', 'pipe', 'inherit'] });
  const { value } = await createInterface(keeper.stdout)[Symbol.asyncIterator]().next();
  const { socket, error } = JSON.parse(value);
  if (error) throw new Error(error);
  const redisPort = await freePort();
  const redis = spawn('redis-server', ['--port', String(redisPort), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], { stdio: 'ignore' });
  const asked = async (ask) => {
    const connection = await createConnection({ socketPath: socket, user: 'root' });
    try {
      return await ask(connection);
    } finally {
      await connection.end();
    }
  };
  return {
    /** @param database 0 to 15 */
    redisUrl: (database) => `redis://127.0.0.1:${redisPort}/${database}`,
    async createDatabase(name) {
      await asked(async (connection) => {
        await connection.query(`DROP DATABASE IF EXISTS ${name}`);
        await connection.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
      });
      return { url: `mariadb://root@localhost/${name}?socketPath=${encodeURIComponent(socket)}`, options: { socketPath: socket, username: 'root', database: name } };
    },
    /** Bytes of its files: rows, indexes and what is free between them. */
    sizeOf: (name) =>
      asked(async (connection) => {
        const [[row]] = await connection.query('SELECT SUM(FILE_SIZE) AS bytes FROM information_schema.INNODB_SYS_TABLESPACES WHERE NAME LIKE ?', [`${name}/%`]);
        return Number(row.bytes);
      }),
    /** Resolves when rows that were deleted or changed are cleared away: the threads that do it take what the next measure needs. */
    purged: () =>
      asked(async (connection) => {
        for (const giveUpAt = Date.now() + PURGED_MS; ; await delay(100)) {
          const [[{ transactions }]] = await connection.query(
            "SELECT VARIABLE_VALUE AS transactions FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'INNODB_HISTORY_LIST_LENGTH'",
          );
          if (Number(transactions) === 0) return;
          if (Date.now() > giveUpAt) throw new Error(`MariaDB still has ${transactions} transactions to clear away.`);
        }
      }),
    async stop() {
      redis.kill('SIGKILL');
      const ended = once(keeper, 'exit');
      keeper.stdin.end();
      await ended;
    },
  };
}
