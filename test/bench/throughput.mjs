import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyTo } from './corpus-copies.mjs';
import { importContent } from './import-content.mjs';
import { parseOnly } from './parse-only.mjs';
import { ServiceProcess } from './service-process.mjs';

/** End to end on SQLite: import, one job over HTTP, memory, and how fast status answers meanwhile. */
export async function throughput(corpus, count) {
  const folder = mkdtempSync(join(tmpdir(), 'guides-bench-'));
  try {
    copyTo(corpus, join(folder, 'content'), count);
    const before = await parseOnly(join(folder, 'content'));
    const environment = { DATA_DIR: join(folder, 'data') };
    const started = performance.now();
    await importContent({ '/content/dam': join(folder, 'content') }, environment);
    const imported = (performance.now() - started) / 1000;
    const job = await runJob(environment);
    const after = await parseOnly(join(folder, 'content'));
    // The machine's speed drifts: the yardstick is taken before and after.
    const parseRate = count / ((before.seconds + after.seconds) / 2);
    return { count, importPerSecond: count / imported, parsePerSecond: parseRate, ...job, ratio: job.perSecond / parseRate };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runJob(environment) {
  const service = await ServiceProcess.start(environment);
  try {
    await service.call('/assets/process/history');
    const latencies = [];
    const started = performance.now();
    const { triggeredCount } = await service.process('/content/dam', { pollMs: 10, answered: (ms) => latencies.push(ms) });
    const seconds = (performance.now() - started) / 1000;
    latencies.sort((a, b) => a - b);
    const at = (share) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))];
    return { perSecond: triggeredCount / seconds, seconds, peakRssMiB: service.peakRssMiB, statusP50Ms: at(0.5), statusP99Ms: at(0.99), statusMaxMs: at(1) };
  } finally {
    await service.stop();
  }
}
