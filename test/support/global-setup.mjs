import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ensureMariadbInstalled, ensureRedisInstalled } from './server-install.mjs';

/**
 * Installs Redis, of which each test file that needs one starts its own; where there is none, GUIDES_TEST_REDIS_MISSING says why.
 * Starts one MariaDB for the whole run. Tests learn its socket from GUIDES_TEST_MARIADB_SOCKET; where there is none,
 * GUIDES_TEST_MARIADB_MISSING says why, and the tests that need it fail with that sentence.
 */
export default async function setUp() {
  const redisMissing = ensureRedisInstalled();
  if (redisMissing !== null) {
    process.env.GUIDES_TEST_REDIS_MISSING = redisMissing;
    process.stderr.write(`${redisMissing}\n`);
  }
  const missing = ensureMariadbInstalled();
  if (missing !== null) {
    process.env.GUIDES_TEST_MARIADB_MISSING = missing;
    process.stderr.write(`${missing}\n`);
    return;
  }
  const keeper = spawn(process.execPath, [fileURLToPath(new URL('mariadb-keeper.mjs', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // In a group of its own: Ctrl-C must not end it before it has cleaned up.
    detached: true,
  });
  globalThis.guidesMariadbKeeper = keeper;
  const [line] = await Promise.race([once(createInterface(keeper.stdout), 'line'), once(keeper, 'exit').then(() => ['{"error":"it ended at once"}'])]);
  const { socket, error } = JSON.parse(line);
  if (error !== undefined) throw new Error(`The MariaDB of the tests did not start: ${error}`);
  process.env.GUIDES_TEST_MARIADB_SOCKET = socket;
}
