import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { programFile } from './server-install.mjs';

// A process that keeps one private MariaDB: prints its socket when it answers, and stops it and removes its folder when
// standard input ends. That end comes however the tests end, by kill -9 too. Lines "stop" and "start" in standard input do
// that to the server and are answered when it is done. Arguments are passed on to the server.

const START_MS = 30_000;
const STOP_MS = 10_000;

// Data that lives as long as the tests: small files, and nothing waits for the disk.
const QUICK = [
  '--innodb-log-file-size=16M',
  '--innodb-buffer-pool-size=64M',
  '--innodb-flush-method=nosync',
  '--innodb-doublewrite=0',
  '--innodb-flush-log-at-trx-commit=0',
  '--innodb-undo-tablespaces=0',
  '--aria-log-file-size=8M',
];

const folder = mkdtempSync(join(tmpdir(), 'guides-mariadb-'));
const socket = join(folder, 'socket');
const network = process.argv.length > 2 ? process.argv.slice(2) : ['--skip-networking'];
const logFile = join(folder, 'server.log');
// Run by root the server refuses to start without the name of a user.
const user = `--user=${userInfo().username}`;

function install() {
  const options = ['--no-defaults', `--datadir=${folder}`, user, '--auth-root-authentication-method=normal', '--skip-test-db', '--skip-name-resolve', ...QUICK];
  const { status, stdout, stderr } = spawnSync(programFile('mariadb-install-db'), options, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`mariadb-install-db failed: ${stdout}${stderr}`);
}

function start() {
  const options = ['--no-defaults', `--datadir=${folder}`, user, `--socket=${socket}`, `--pid-file=${join(folder, 'pid')}`, '--max-connections=500', `--log-error=${logFile}`, ...QUICK, ...network];
  return spawn(programFile('mariadbd'), options, { stdio: 'ignore' });
}

async function untilItAnswers(server) {
  for (const giveUpAt = Date.now() + START_MS; ; await delay(25)) {
    try {
      const connection = await createConnection({ socketPath: socket, user: 'root' });
      await connection.end();
      return;
    } catch (error) {
      if (Date.now() > giveUpAt || server.exitCode !== null) {
        throw new Error(`mariadbd does not answer: ${error.message}\n${readFileSync(logFile, 'utf8')}`);
      }
    }
  }
}

async function stop(server) {
  if (!server || server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, 'exit');
  server.kill('SIGTERM');
  const killing = setTimeout(() => server.kill('SIGKILL'), STOP_MS);
  await exited;
  clearTimeout(killing);
}

// Signals to the group of the tests are not for this process: it ends when they have ended.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
// From now on: the end may come while the server still starts.
const orders = createInterface(process.stdin)[Symbol.asyncIterator]();
let server;
try {
  install();
  server = start();
  await untilItAnswers(server);
  process.stdout.write(`${JSON.stringify({ socket })}\n`);
  for await (const order of orders) {
    if (order === 'stop') await stop(server);
    if (order === 'start') await untilItAnswers((server = start()));
    process.stdout.write(`${JSON.stringify({ done: order })}\n`);
  }
} catch (error) {
  process.stdout.write(`${JSON.stringify({ error: error.message })}\n`);
  process.exitCode = 1;
} finally {
  await stop(server);
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
// A broken start leaves standard input open.
process.exit();
