import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openContentImport } from '../../dist/modules/composition/content-import.factory.js';
import { openContentSource } from '../../dist/modules/content/open-content-source.js';
import { loadSettings } from '../../dist/settings.js';
import { startServers } from './bench-servers.mjs';
import { copyTo } from './corpus-copies.mjs';
import { jobPerAsset } from './job-per-asset.mjs';
import { ServiceProcess } from './service-process.mjs';

/** Assets that the way of one message per asset is timed with: its rate does not depend on their number. */
const FEW = 2000;

/** One worker, two workers, and one message per asset, on MariaDB and Redis. */
export async function compareCluster(corpus, count) {
  const folder = mkdtempSync(join(tmpdir(), 'guides-bench-'));
  const servers = await startServers();
  try {
    copyTo(corpus, join(folder, 'content'), count);
    copyTo(corpus, join(folder, 'few'), Math.min(FEW, count));
    const rates = [];
    for (const workers of [1, 2]) {
      const { url } = await servers.createDatabase('guides');
      rates.push(await workersRate(join(folder, 'content'), { folder, url, redisUrl: servers.redisUrl, workers }));
      const bytes = (await servers.sizeOf('guides')) / count;
      console.log(`${count} assets, ${workers} worker${workers > 1 ? 's' : ''}: ${rates.at(-1).toFixed(0)}/s; the database has ${(bytes / 1024).toFixed(1)} KiB an asset, content included`);
    }
    const { options } = await servers.createDatabase('naive');
    const naive = await jobPerAsset(join(folder, 'few'), options, servers.redisUrl);
    console.log(`one message per asset, one save per entity: ${naive.toFixed(0)}/s`);
    const [one, two] = rates;
    console.log(`two workers are ${(two / one).toFixed(2)} times one; one worker is ${(one / naive).toFixed(1)} times, two are ${(two / naive).toFixed(1)} times one message per asset`);
  } finally {
    await servers.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Assets a second, from the request to the end of the job. */
async function workersRate(content, { folder, url, redisUrl, workers }) {
  const GUIDES_CONFIG = join(folder, 'guides.yaml');
  // A worker of one core, one batch at a time: more would take what the second worker, the database and Redis need of the two cores here.
  writeFileSync(GUIDES_CONFIG, 'schedule: { enabled: false }\nprocessing: { workerThreads: 1, concurrency: 1 }\n');
  const environment = { DATABASE_URL: url, REDIS_URL: redisUrl, DATA_DIR: join(folder, 'data'), GUIDES_CONFIG };
  const { contentImport, close } = await openContentImport(loadSettings({ ADMIN_PASSWORD: 'bench', ...environment }));
  await contentImport.run(await openContentSource(content), { targetPath: '/content/dam', createdBy: 'bench' });
  await close();
  const services = [await ServiceProcess.start({ ...environment, ROLE: 'api' })];
  for (let i = 0; i < workers; i++) services.push(await ServiceProcess.start({ ...environment, ROLE: 'worker' }));
  try {
    const [api] = services;
    const started = performance.now();
    const { processingId } = await api.call('/assets/process', { path: '/content/dam', type: 'ASSET_PROCESSING' });
    for (;;) {
      const status = await api.call(`/assets/process/status?processingId=${processingId}`);
      if (status.status === 'SUCCESS') return status.triggeredCount / ((performance.now() - started) / 1000);
      if (status.status !== 'WAITING' && status.status !== 'IN_PROGRESS') throw new Error(`The job ended ${status.status}: ${status.comments}`);
      await delay(100);
    }
  } finally {
    await Promise.all(services.map((service) => service.stop('SIGKILL')));
  }
}
