import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, ROOT, run } from './setup.mjs';

// npm test [-- <jest arguments>]: all the set-up, the checks of style and structure, and every test.
const jestArguments = process.argv.slice(2);
ensureInstalled();
ensureBuilt();
if (jestArguments.length === 0) {
  run('npm', ['run', '--silent', 'typecheck']);
  run('npm', ['run', '--silent', 'lint']);
}
if (!process.env.CORPUS_DIR) console.log('CORPUS_DIR is not set: tests on the large corpus use the samples of the project instead.');

const folder = mkdtempSync(join(tmpdir(), 'guides-tests-'));
const summary = join(folder, 'summary.json');
const { status } = spawnSync(
  process.execPath,
  [join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js'), '--json', `--outputFile=${summary}`, ...jestArguments],
  { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] },
);
const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(summary, 'utf8'));
rmSync(folder, { recursive: true });
console.log(`${numPassedTests} passed, ${numFailedTests} failed${numPendingTests > 0 ? `, ${numPendingTests} skipped` : ''}`);
process.exit(status ?? 1);
