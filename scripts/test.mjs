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

// All of them in portions, each by a process of its own: one that has run a hundred files takes three times as long for the next.
const portions = jestArguments.length === 0 ? 4 : 1;
const folder = mkdtempSync(join(tmpdir(), 'guides-tests-'));
const totals = { passed: 0, failed: 0, skipped: 0 };
let code = 0;
for (let portion = 1; portion <= portions; portion++) {
  const summary = join(folder, `summary-${portion}.json`);
  const { status } = spawnSync(
    process.execPath,
    [join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js'), '--json', `--outputFile=${summary}`, `--shard=${portion}/${portions}`, ...jestArguments],
    { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  code ||= status ?? 1;
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(summary, 'utf8'));
  totals.passed += numPassedTests;
  totals.failed += numFailedTests;
  totals.skipped += numPendingTests;
}
rmSync(folder, { recursive: true });
console.log(`${totals.passed} passed, ${totals.failed} failed${totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''}`);
process.exit(code);
