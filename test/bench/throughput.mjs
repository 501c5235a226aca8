import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openContentImport } from '../../dist/modules/composition/content-import.factory.js';
import { openContentSource } from '../../dist/modules/content/open-content-source.js';
import { loadSettings } from '../../dist/settings.js';
import { copyTo } from './corpus-copies.mjs';
import { parseOnly } from './parse-only.mjs';
import { ServiceProcess } from './service-process.mjs';

/** End to end on SQLite: import, one job over HTTP, memory, and how fast status answers meanwhile. */
export async function throughput(corpus, count) {
  const folder = mkdtempSync(join(tmpdir(), 'guides-bench-'));
  try {
    copyTo(corpus, join(folder, 'content'), count);
    const before = await parseOnly(join(folder, 'content'));
    const environment = { DATA_DIR: join(folder, 'data') };
    const imported = await importAll(join(folder, 'content'), environment);
    const job = await runJob(environment);
    const after = await parseOnly(join(folder, 'content'));
    // The machine's speed drifts: the yardstick is taken before and after.
    const parseRate = count / ((before.seconds + after.seconds) / 2);
    return { count, importPerSecond: count / imported, parsePerSecond: parseRate, ...job, ratio: job.perSecond / parseRate };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function importAll(source, environment) {
  const { contentImport, close } = await openContentImport(loadSettings({ ADMIN_PASSWORD: 'bench', ...environment }));
  const started = performance.now();
  await contentImport.run(await openContentSource(source), { targetPath: '/content/dam', createdBy: 'bench' });
  await close();
  return (performance.now() - started) / 1000;
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
