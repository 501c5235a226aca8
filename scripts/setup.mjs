import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Plain Node.js: this runs before anything is installed.

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Runs a command, its output shown; ends this process with its code when it fails. */
export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit', ...options });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** Installs the locked dependencies when there are none. */
export function ensureInstalled() {
  if (existsSync(join(ROOT, 'node_modules', '.package-lock.json'))) return;
  console.log('Installing dependencies (once; better-sqlite3 may be compiled, about a minute) …');
  run('npm', ['ci', '--no-audit', '--no-fund']);
}

/** Builds `dist` when it is missing or older than `src`. */
export function ensureBuilt() {
  const built = newest(join(ROOT, 'dist'), Math.min);
  if (built !== null && built >= (newest(join(ROOT, 'src'), Math.max) ?? 0)) return;
  console.log('Building …');
  run('npm', ['run', '--silent', 'build']);
}

/** Times of change of the files below a folder, joined by `choose`; null when there are none. */
function newest(folder, choose) {
  if (!existsSync(folder)) return null;
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((time, entry) => {
    const changed = statSync(join(entry.parentPath, entry.name)).mtimeMs;
    return time === null ? changed : choose(time, changed);
  }, null);
}
