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
import { median } from './median.mjs';
import { ServiceProcess } from './service-process.mjs';

/** Assets that the way of one message per asset is timed with: its rate does not depend on their number. */
const FEW = 2000;
/** Assets for each worker of a job that goes before: processes that have been running for a while are compared. */
const WARM_UP = 4000;
/** Each is measured so often, in turns, and the median counts: virtual machines are not equally fast at all times. */
const ROUNDS = 3;

/** One worker, two workers, and one message per asset, on MariaDB and Redis. */
export async function compareCluster(corpus, count) {
  const folder = mkdtempSync(join(tmpdir(), 'guides-bench-'));
  const servers = await startServers();
  try {
    copyTo(corpus, join(folder, 'content'), count);
    copyTo(corpus, join(folder, 'few'), Math.min(FEW, count));
    const rounds = { 1: [], 2: [] };
    const warmUp = (workers) => join(folder, `warm-up-${workers}`);
    for (const workers of [1, 2]) copyTo(corpus, warmUp(workers), WARM_UP * workers);
    for (let round = 0; round < ROUNDS; round++) {
      for (const workers of [1, 2]) {
        const { url } = await servers.createDatabase('guides');
        const rate = await workersRate(join(folder, 'content'), warmUp(workers), { folder, url, redisUrl: servers.redisUrl, workers });
        rounds[workers].push(rate);
        console.log(`${count} assets, ${workers} worker${workers > 1 ? 's' : ''}: ${rate.toFixed(0)}/s`);
      }
    }
    const bytes = (await servers.sizeOf('guides')) / (count + WARM_UP * 2);
    console.log(`the database has ${(bytes / 1024).toFixed(1)} KiB an asset, content included`);
    const { options } = await servers.createDatabase('naive');
    const naive = await jobPerAsset(join(folder, 'few'), options, servers.redisUrl);
    console.log(`one message per asset, one save per entity: ${naive.toFixed(0)}/s`);
    const [one, two] = [median(rounds[1]), median(rounds[2])];
    console.log(`medians: one worker ${one.toFixed(0)}/s, two ${two.toFixed(0)}/s`);
    console.log(`two workers are ${(two / one).toFixed(2)} times one; one worker is ${(one / naive).toFixed(1)} times, two are ${(two / naive).toFixed(1)} times one message per asset`);
  } finally {
    await servers.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Assets a second, from the start to the end of the job, by the database's clock. */
async function workersRate(content, warmUp, { folder, url, redisUrl, workers }) {
  const GUIDES_CONFIG = join(folder, 'guides.yaml');
  // A worker of one core, one batch at a time: more would take what the second worker, the database and Redis need of the two cores here.
  writeFileSync(GUIDES_CONFIG, 'schedule: { enabled: false }\nprocessing: { workerThreads: 1, concurrency: 1 }\n');
  const environment = { DATABASE_URL: url, REDIS_URL: redisUrl, DATA_DIR: join(folder, 'data'), GUIDES_CONFIG };
  const { contentImport, close } = await openContentImport(loadSettings({ ADMIN_PASSWORD: 'bench', ...environment }));
  for (const [name, from] of Object.entries({ content, 'warm-up': warmUp })) {
    await contentImport.run(await openContentSource(from), { targetPath: `/content/dam/${name}`, createdBy: 'bench' });
  }
  await close();
  const services = [await ServiceProcess.start({ ...environment, ROLE: 'api' })];
  for (let i = 0; i < workers; i++) services.push(await ServiceProcess.start({ ...environment, ROLE: 'worker' }));
  try {
    await processed(services[0], '/content/dam/warm-up');
    const { triggeredCount, startedAt, completedAt } = await processed(services[0], '/content/dam/content');
    return triggeredCount / ((completedAt - startedAt) / 1000);
  } finally {
    await Promise.all(services.map((service) => service.stop('SIGKILL')));
  }
}

/** The status of a job when it is done. */
async function processed(api, path) {
  const { processingId } = await api.call('/assets/process', { path, type: 'ASSET_PROCESSING' });
  for (;;) {
    const status = await api.call(`/assets/process/status?processingId=${processingId}`);
    if (status.status === 'SUCCESS') return status;
    if (status.status !== 'WAITING' && status.status !== 'IN_PROGRESS') throw new Error(`The job ended ${status.status}: ${status.comments}`);
    await delay(500);
  }
}
