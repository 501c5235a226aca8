import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createConnection } from 'mysql2/promise';
import { freePort } from './free-port.mjs';
import { ensureMariadbInstalled, ensureRedisInstalled } from '../support/server-install.mjs';

/** As docs/operations.md has it, and durable: the server of the tests forgets commits when the power fails. */
const DURABLE = [
  '--skip-networking',
  '--innodb-buffer-pool-size=1G',
  '--innodb-log-file-size=1G',
  '--innodb-flush-method=fsync',
  '--innodb-doublewrite=1',
  '--innodb-flush-log-at-trx-commit=1',
];

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
  return {
    redisUrl: `redis://127.0.0.1:${redisPort}/0`,
    async createDatabase(name) {
      const connection = await createConnection({ socketPath: socket, user: 'root' });
      await connection.query(`DROP DATABASE IF EXISTS ${name}`);
      await connection.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
      await connection.end();
      return { url: `mariadb://root@localhost/${name}?socketPath=${encodeURIComponent(socket)}`, options: { socketPath: socket, username: 'root', database: name } };
    },
    /** Bytes of its files: rows, indexes and what is free between them. */
    async sizeOf(name) {
      const connection = await createConnection({ socketPath: socket, user: 'root' });
      const [[row]] = await connection.query('SELECT SUM(FILE_SIZE) AS bytes FROM information_schema.INNODB_SYS_TABLESPACES WHERE NAME LIKE ?', [`${name}/%`]);
      await connection.end();
      return Number(row.bytes);
    },
    async stop() {
      redis.kill('SIGKILL');
      const ended = once(keeper, 'exit');
      keeper.stdin.end();
      await ended;
    },
  };
}
