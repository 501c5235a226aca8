import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './setup.mjs';

// npm run test:reliability [-- <jest arguments>]: the long form of the tests of faults. Counts and seeds come from the environment.
const LONG = { KILL_TEST: 'long', FAULT_POINTS: 'long', MUTATIONS: '10000', FUZZ_REQUESTS: '100000', LONG_RUN_ASSETS: '1000000', MODEL_RUNS: '300', MODEL_SEED: String(Date.now() % 1_000_000) };
const chosen = process.argv.slice(2);
const { status } = spawnSync(
  process.execPath,
  [join(ROOT, 'scripts/test.mjs'), ...(chosen.length > 0 ? chosen : ['--runInBand', 'test/reliability', 'test/cluster', 'test/events/kill', 'test/e2e/http-fuzz'])],
  { cwd: ROOT, stdio: 'inherit', env: { ...LONG, ...process.env } },
);
process.exit(status ?? 1);
