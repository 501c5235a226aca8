import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { median } from './median.mjs';

const HOST = fileURLToPath(new URL('mount-host.mjs', import.meta.url));
/** Until a process that has just started is at rest. */
const SETTLE_MS = 1500;

/** What mounting adds to an empty Nest application: time until it listens, and resident memory at rest. Medians, taken by turns. */
export async function mountCost(rounds) {
  const dataDir = mkdtempSync(join(tmpdir(), 'guides-mount-'));
  const bare = [];
  const mounted = [];
  // The first start makes the database.
  await startOnce('1', dataDir);
  for (let i = 0; i < rounds; i++) {
    bare.push(await startOnce('0', dataDir));
    mounted.push(await startOnce('1', dataDir));
  }
  rmSync(dataDir, { recursive: true });
  for (const [name, runs] of Object.entries({ bare, mounted })) {
    console.log(`${name}: listens after ${median(runs.map((run) => run.ms)).toFixed(0)} ms, RSS at rest ${median(runs.map((run) => run.rssMiB)).toFixed(0)} MiB`);
  }
}

async function startOnce(mounted, dataDir) {
  const started = performance.now();
  const child = spawn(process.execPath, [HOST], { env: { ...process.env, MOUNTED: mounted, DATA_DIR: dataDir }, stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((ready, failed) => {
    child.stdout.once('data', ready);
    child.once('exit', (code) => failed(new Error(`The host ended with ${code}.`)));
  });
  const ms = performance.now() - started;
  await delay(SETTLE_MS);
  const rssMiB = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]) / 1024;
  child.removeAllListeners('exit');
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGKILL');
  await ended;
  return { ms, rssMiB };
}
