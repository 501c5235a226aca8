import type { AssetTypeCounts, JobProgress } from '../../contracts/job.js';

/**
 * Seconds until the job ends, from what the newest commits cost per file type against what is left
 * (processing.md, "ETA"). 0 before there is a rate; never negative.
 */
export function etaSeconds(progress: JobProgress): number {
  const [newest] = progress.recent;
  const oldest = progress.recent.at(-1);
  if (!newest || !oldest) return 0;
  const done = sum(progress.recent.map((rate) => rate.typeCounts));
  const spentMs = sum(progress.recent.map((rate) => rate.typeElapsedMs));
  const assets = total(done);
  const workMs = total(spentMs);
  if (assets === 0) return 0;
  // Wall time that these batches took together: they overlap, so it is less than the sum of their own times.
  const wallMs = Math.max(1, newest.committedAtMs - oldest.committedAtMs + oldest.elapsedMs);
  const wallPerWork = workMs > 0 ? wallMs / workMs : 0;
  let leftMs = 0;
  for (const [type, count] of entries(progress.remaining)) {
    const seen = done[type] ?? 0;
    const workPerAsset = seen > 0 ? (spentMs[type] ?? 0) / seen : workMs / assets;
    leftMs += wallPerWork > 0 ? count * workPerAsset * wallPerWork : (count * wallMs) / assets;
  }
  return Math.ceil(leftMs / 1000);
}

function sum(portions: readonly AssetTypeCounts[]): AssetTypeCounts {
  const result: AssetTypeCounts = {};
  for (const portion of portions) {
    for (const [type, value] of entries(portion)) result[type] = (result[type] ?? 0) + value;
  }
  return result;
}

function total(counts: AssetTypeCounts): number {
  return entries(counts).reduce((all, [, value]) => all + value, 0);
}

function entries(counts: AssetTypeCounts): [keyof AssetTypeCounts, number][] {
  return Object.entries(counts) as [keyof AssetTypeCounts, number][];
}
