import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServers } from './bench-servers.mjs';
import { ClusterFleet, DATABASE } from './cluster-fleet.mjs';
import { copyTo } from './corpus-copies.mjs';
import { jobPerAsset } from './job-per-asset.mjs';
import { median } from './median.mjs';

const CONTENT = '/content/dam/content';
const WARM_UP_CONTENT = '/content/dam/warm-up';
/** Assets that the way of one message per asset is timed with: its rate does not depend on their number. */
const FEW = 2000;
/** Assets for each worker before the job that counts: processes that have been running for a while are compared, their code compiled. */
const WARM_UP = 10_000;
/** One and two workers in each, right after each other, and the median of their ratios counts: virtual machines are not equally fast at all times. */
const ROUNDS = 5;

/** One worker, two workers, and one message per asset, on MariaDB and Redis. */
export async function compareCluster(corpus, count) {
  const folder = mkdtempSync(join(tmpdir(), 'guides-bench-'));
  const servers = await startServers();
  try {
    for (const [name, assets] of Object.entries({ content: count, few: Math.min(FEW, count), 'warm-up': WARM_UP })) copyTo(corpus, join(folder, name), assets);
    const rounds = [];
    for (let round = 0; round < ROUNDS; round++) {
      const rates = {};
      // Each is first in turn: a machine that slows down is not to be taken for a ratio.
      for (const workers of round % 2 === 0 ? [1, 2] : [2, 1]) rates[workers] = await workersRate(servers, folder, workers);
      const { 1: one, 2: two } = rates;
      rounds.push({ one, two, ratio: two / one });
      console.log(`${count} assets: one worker ${one.toFixed(0)}/s, two ${two.toFixed(0)}/s, ${(two / one).toFixed(2)} times`);
    }
    const bytes = (await servers.sizeOf(DATABASE)) / (count + WARM_UP);
    console.log(`the database has ${(bytes / 1024).toFixed(1)} KiB an asset, content included`);
    const { options } = await servers.createDatabase('naive');
    const naive = await jobPerAsset(join(folder, 'few'), options, servers.redisUrl);
    console.log(`one message per asset, one save per entity: ${naive.toFixed(0)}/s`);
    const [one, two, ratio] = ['one', 'two', 'ratio'].map((value) => median(rounds.map((round) => round[value])));
    console.log(`medians: one worker ${one.toFixed(0)}/s, two ${two.toFixed(0)}/s, two workers are ${ratio.toFixed(2)} times one`);
    console.log(`one worker is ${(one / naive).toFixed(1)} times, two are ${(two / naive).toFixed(1)} times one message per asset`);
  } finally {
    await servers.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Assets a second of the first job over fresh content, by processes that are warm. */
async function workersRate(servers, folder, workers) {
  const sources = { [CONTENT]: join(folder, 'content'), [WARM_UP_CONTENT]: join(folder, 'warm-up') };
  const fleet = await ClusterFleet.start(servers, folder, sources, workers);
  try {
    for (let i = 0; i < workers; i++) await fleet.rate(WARM_UP_CONTENT);
    return await fleet.rate(CONTENT);
  } finally {
    await fleet.stop();
  }
}
