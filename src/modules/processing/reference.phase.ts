import type { AssetRecordStore, ReferenceGraph, ResolvedReference, UnresolvedReference } from '../../contracts/asset-records.js';
import { BROKEN_STATUSES } from '../../contracts/asset.js';
import type { AssetRepository } from '../../contracts/asset-repository.js';
import type { BatchClaim, JobStore, LogLine, PlanClaim, PlannedBatch } from '../../contracts/job.js';
import type { Tx, UnitOfWork } from '../../contracts/unit-of-work.js';
import type { KeyRange } from '../../contracts/key-range.js';
import type { WorkQueue } from '../../contracts/work-queue.js';
import { hintedFileType } from '../../contracts/file-type-hint.js';
import { chooseGuidTarget, guidStem, type ReferenceTarget, settleReference } from '../../contracts/reference-rules.js';
import type { VanishedAssets } from './vanished-assets.js';

/** Sources in one batch of the reference phase. */
const SOURCES_PER_BATCH = 500;

/**
 * The second phase of a job: references that only the repository can confirm are looked up and broken ones marked, in
 * checkpointed batches like the first (processing.md, "Second phase"). It takes whatever is queued, so references
 * from other jobs and of earlier assets to these are judged too.
 */
export class ReferencePhase {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly jobs: JobStore,
    private readonly queue: WorkQueue,
    private readonly repository: AssetRepository,
    private readonly records: AssetRecordStore,
    private readonly graph: ReferenceGraph,
    private readonly vanished: VanishedAssets,
  ) {}

  /**
   * @param ranges what the job covers: there, records of assets that are gone are removed first.
   * @throws LeaseLostError when the job was cancelled or another planner took over.
   */
  async plan(claim: PlanClaim, ranges: readonly KeyRange[], signal: AbortSignal): Promise<void> {
    if (claim.cursor === null && !claim.job.dryRun) await this.vanished.forget(ranges, signal);
    let after = claim.cursor === null ? -1 : Number(claim.cursor);
    while (!claim.job.dryRun) {
      signal.throwIfAborted();
      const ids = await this.graph.queuedSources(after, SOURCES_PER_BATCH);
      const [first] = ids;
      const last = ids.at(-1);
      if (first === undefined || last === undefined) break;
      const batch: PlannedBatch = { fromKey: String(first), toKey: String(last), plannedCount: ids.length, plannedTypes: {} };
      await this.queue.offer(await this.jobs.savePlan(claim, [batch], batch.toKey));
      after = last;
    }
    await this.jobs.finishPlan(claim, []);
  }

  /** @throws LeaseLostError when the batch is no longer ours. */
  async run(claim: BatchClaim): Promise<void> {
    const started = performance.now();
    const from = Number(claim.fromKey);
    const to = Number(claim.toKey);
    await this.unitOfWork.run(async (tx) => {
      await this.jobs.fence(claim, tx);
      const references = await this.graph.unresolved(from, to, tx);
      const resolved = await this.resolve(references, tx);
      await this.graph.settle(from, to, resolved, tx);
      const elapsedMs = performance.now() - started;
      const nothing = { succeeded: 0, failed: 0, skipped: 0, typeCounts: {}, typeElapsedMs: {}, lines: brokenLines(resolved), failures: [] };
      await this.jobs.commitBatch(claim, { ...nothing, elapsedMs }, tx);
    });
  }

  private async resolve(references: readonly UnresolvedReference[], tx: Tx): Promise<ResolvedReference[]> {
    const paths = [...new Set(references.flatMap((reference) => (reference.target === null ? [] : [reference.target])))];
    // What is found in a file is read only where a fragment asks for it: most references name a file and no more.
    const asked = new Set(references.flatMap(({ target, fragment }) => (target === null || fragment === null ? [] : [target])));
    const targets = await this.targets(paths, tx, (path) => asked.has(path));
    const redirects = await this.redirects(paths.filter((path) => !targets.has(path)), tx);
    return references.map((reference) => {
      const redirect = reference.target === null ? null : (redirects.get(reference.target) ?? null);
      const path = redirect?.path ?? reference.target;
      const target = redirect ?? (path === null ? null : (targets.get(path) ?? null));
      return {
        sourceId: reference.sourceId,
        ordinal: reference.ordinal,
        status: reference.fixedStatus ?? settleReference(reference, target),
        resolvedTarget: redirect?.path ?? null,
      };
    });
  }

  /** What is known of each path that is an asset; one never processed has no anchors to check a fragment against. */
  private async targets(paths: readonly string[], tx: Tx, isAsked: (path: string) => boolean = () => true): Promise<Map<string, ReferenceTarget>> {
    const existing = await this.repository.existing(paths);
    const known = await this.records.targets([...existing].filter(isAsked), tx);
    return new Map([...existing].map((path) => [path, known.get(path) ?? unprocessed(path)]));
  }

  /** `GUID-…` names that stand for another place (extraction.md, section 8.9), by the path that was written. */
  private async redirects(missing: readonly string[], tx: Tx): Promise<Map<string, ReferenceTarget>> {
    const stems = new Map<string, string>();
    for (const path of missing) {
      const stem = guidStem(path);
      if (stem !== null) stems.set(path, stem);
    }
    if (stems.size === 0) return new Map();
    const candidates = await this.records.pathsByGuid([...new Set(stems.values())], tx);
    const chosen = new Map<string, string>();
    for (const [path, stem] of stems) {
      const target = chooseGuidTarget(path, candidates.get(stem) ?? []);
      if (target !== null) chosen.set(path, target);
    }
    const targets = await this.targets([...new Set(chosen.values())], tx);
    const redirects = new Map<string, ReferenceTarget>();
    for (const [path, target] of chosen) {
      const known = targets.get(target);
      if (known) redirects.set(path, known);
    }
    return redirects;
  }
}

/** What the log says of a batch (extraction.md, "In the product", Warnings); which references they are is in the graph. */
function brokenLines(resolved: readonly ResolvedReference[]): LogLine[] {
  const broken = resolved.filter(({ status }) => BROKEN_STATUSES.includes(status));
  if (broken.length === 0) return [];
  const sources = new Set(broken.map(({ sourceId }) => sourceId)).size;
  return [{ level: 'WARN', text: `${broken.length} broken reference(s) in ${sources} asset(s)` }];
}

function unprocessed(path: string): ReferenceTarget {
  return { path, fileType: hintedFileType(path), wellFormed: null, rootId: null, topicIds: [], elementIds: [] };
}
