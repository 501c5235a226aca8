import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServers } from './bench-servers.mjs';
import { ClusterFleet, databaseOf } from './cluster-fleet.mjs';
import { copyTo } from './corpus-copies.mjs';
import { jobPerAsset } from './job-per-asset.mjs';
import { median } from './median.mjs';

const CONTENT = '/content/dam/content';
const WARM_UP_CONTENT = '/content/dam/warm-up';
/** Assets that the way of one message per asset is timed with: its rate does not depend on their number. */
const FEW = 2000;
/**
 * Assets of a job before the one that counts, and such jobs for each worker: processes that have been running for a
 * while are compared. After one such job V8 still compiles for 0.9 s of the next one's time, after four for 0.4 s.
 */
const WARM_UP = 10_000;
const WARM_UP_JOBS = 4;
/** One and two workers in each, seconds after each other, and the median of their ratios counts: virtual machines are not equally fast at all times. */
const ROUNDS = 5;

/** One worker, two workers, and one message per asset, on MariaDB and Redis. */
export async function compareCluster(corpus, count) {
  const folder = mkdtempSync(join(tmpdir(), 'guides-bench-'));
  const servers = await startServers();
  try {
    for (const [name, assets] of Object.entries({ content: count, few: Math.min(FEW, count), 'warm-up': WARM_UP })) copyTo(corpus, join(folder, name), assets);
    const rounds = [];
    for (let round = 0; round < ROUNDS; round++) {
      const { 1: one, 2: two } = await compareOnce(servers, folder, round % 2 === 0);
      rounds.push({ one, two, ratio: two / one });
      console.log(`${count} assets: one worker ${one.toFixed(0)}/s, two ${two.toFixed(0)}/s, ${(two / one).toFixed(2)} times`);
    }
    const bytes = (await servers.sizeOf(databaseOf(1))) / (count + WARM_UP);
    console.log(`the database has ${(bytes / 1024).toFixed(1)} KiB an asset, content included`);
    const { options } = await servers.createDatabase('naive');
    const naive = await jobPerAsset(join(folder, 'few'), options, servers.redisUrl(0));
    console.log(`one message per asset, one save per entity: ${naive.toFixed(0)}/s`);
    const [one, two, ratio] = ['one', 'two', 'ratio'].map((value) => median(rounds.map((round) => round[value])));
    console.log(`medians: one worker ${one.toFixed(0)}/s, two ${two.toFixed(0)}/s, two workers are ${ratio.toFixed(2)} times one`);
    console.log(`one worker is ${(one / naive).toFixed(1)} times, two are ${(two / naive).toFixed(1)} times one message per asset`);
  } finally {
    await servers.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Assets a second, by number of workers, of one and of two workers in the first job over fresh content, by processes that are warm. Both fleets
 * are there all the time, and take turns: none rests for so long that V8 throws away its code.
 */
async function compareOnce(servers, folder, isOneFirst) {
  const sources = { [CONTENT]: join(folder, 'content'), [WARM_UP_CONTENT]: join(folder, 'warm-up') };
  const fleets = [];
  try {
    for (const workers of [1, 2]) fleets.push(await ClusterFleet.start(servers, folder, sources, workers));
    for (let job = 0; job < WARM_UP_JOBS; job++) {
      for (const fleet of fleets) for (let i = 0; i < fleet.workers; i++) await fleet.rate(WARM_UP_CONTENT);
    }
    await servers.purged();
    const rates = {};
    // Each is first in turn: a machine that slows down is not to be taken for a ratio.
    for (const fleet of isOneFirst ? fleets : fleets.toReversed()) rates[fleet.workers] = await fleet.rate(CONTENT);
    return rates;
  } finally {
    await Promise.all(fleets.map((fleet) => fleet.stop()));
  }
}
