import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

// Where distributions put the server, which is often not on a user's PATH.
const FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/usr/libexec', '/usr/local/bin', '/usr/bin', '/opt/homebrew/bin'];
const APT = { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };

/** The full name of a program, or null where it is not installed. */
export function programFile(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...FOLDERS];
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file)) ?? null;
}

/** Installs MariaDB where root can; null, or why there is none and what to do about it. */
export function ensureMariadbInstalled() {
  return ensureInstalled('MariaDB', 'mariadb-server', ['mariadbd', 'mariadb-install-db']);
}

/** The same for Redis. */
export function ensureRedisInstalled() {
  return ensureInstalled('Redis', 'redis-server', ['redis-server']);
}

function ensureInstalled(server, debianPackage, programs) {
  const isThere = () => programs.every((program) => programFile(program) !== null);
  if (isThere()) return null;
  const advice = `Tests on ${server} fail: no server is installed. Install one (Debian, Ubuntu: apt-get install -y ${debianPackage})`;
  if (process.getuid?.() !== 0 || programFile('apt-get') === null) return `${advice} and run the tests again.`;
  process.stderr.write(`Installing ${debianPackage} for the tests on ${server} (once, about 15 s) …\n`);
  const install = () => spawnSync('apt-get', ['install', '-y', '--no-install-recommends', debianPackage], APT);
  // The list of packages may be missing or old.
  if (install().status !== 0) spawnSync('apt-get', ['update'], APT);
  const { stderr } = isThere() ? {} : install();
  return isThere() ? null : `${advice}; doing so here failed: ${stderr}`;
}
