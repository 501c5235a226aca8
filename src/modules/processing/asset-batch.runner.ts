import type { AssetRef } from '../../contracts/asset.js';
import type { AssetRecordStore } from '../../contracts/asset-records.js';
import type { AssetRepository } from '../../contracts/asset-repository.js';
import { AmbiguousCommitError, GuidesError, LeaseLostError, StaleAssetsError } from '../../contracts/errors.js';
import type { BatchClaim, JobStore } from '../../contracts/job.js';
import type { KeyRange } from '../../contracts/key-range.js';
import { intersect } from '../../contracts/key-range.js';
import type { ProcessingObserver } from '../../contracts/metrics.js';
import type { Tx, UnitOfWork } from '../../contracts/unit-of-work.js';
import type { WorkQueue } from '../../contracts/work-queue.js';
import type { AssetEvents, CommittedAsset } from './asset-events.js';
import type { AssetLoader } from './asset-loader.js';
import type { ProcessedAsset, ResultWriter } from './asset-results.js';
import type { AssetSelection } from './asset-selection.js';
import { BatchReport } from './batch-report.js';
import { plannedBatch } from './planner.js';

/** How often assets that keep changing under the batch are processed again before they are left for the next run. */
const MAX_STALE_ROUNDS = 5;

/** A batch that has grown to more than this many times its planned size is split. */
const GROWTH = 2;

/** What waits to be committed: results, and those that changed too often to have one. */
interface BatchWork {
  assets: ProcessedAsset[];
  unsettled: ProcessedAsset[];
}

/**
 * One batch of assets: read, run through the pipeline, and committed in one transaction with counters, log and
 * checkpoint (processing.md, rules 1, 3, 8). All work happens before the transaction.
 */
export class AssetBatchRunner {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly jobs: JobStore,
    private readonly queue: WorkQueue,
    private readonly repository: AssetRepository,
    private readonly records: AssetRecordStore,
    private readonly loader: AssetLoader,
    private readonly writer: ResultWriter,
    private readonly events: AssetEvents,
    private readonly observer: Pick<ProcessingObserver, 'batchCommitted'>,
    private readonly batchSize: number,
  ) {}

  /** @throws LeaseLostError when the batch is no longer ours; then nothing of it is committed. */
  async run(claim: BatchClaim, selection: AssetSelection, signal: AbortSignal): Promise<void> {
    const started = performance.now();
    const refs = await this.collect(claim, selection);
    let work = await this.process({ assets: [], unsettled: [] }, refs, selection, signal);
    let isolated = false;
    for (let round = 1; ; round++) {
      try {
        await this.commit(claim, work, started, isolated);
        return;
      } catch (error) {
        if (error instanceof StaleAssetsError) {
          work = await this.redo(work, error.paths, round, selection, signal);
        } else if (error instanceof AmbiguousCommitError) {
          if (await this.jobs.isCommitted(claim)) return;
          throw error;
        } else if (error instanceof GuidesError || isolated) {
          throw error;
        } else {
          // Something in the batch cannot be stored: commit asset by asset, so that only the culprit fails (rule 8).
          isolated = true;
        }
      }
    }
  }

  /** The batch's assets as they are now (processing.md, "Runner semantics"). */
  private async collect(claim: BatchClaim, selection: AssetSelection): Promise<AssetRef[]> {
    const own: KeyRange = { from: claim.fromKey, fromInclusive: true, to: claim.toKey, toInclusive: true };
    const ranges = selection.ranges.map((range) => intersect(range, own)).filter((range) => range !== null);
    const refs: AssetRef[] = [];
    for await (const page of selection.pages(ranges, null)) {
      refs.push(...page.refs);
      if (refs.length > GROWTH * this.batchSize) return this.split(claim, refs);
    }
    return refs;
  }

  /** Keeps the first assets and leaves the rest of the range, with whatever else lies there, to a new batch. */
  private async split(claim: BatchClaim, refs: readonly AssetRef[]): Promise<AssetRef[]> {
    const kept = refs.slice(0, this.batchSize);
    const rest = plannedBatch(refs.slice(this.batchSize));
    const last = kept.at(-1);
    if (!last || !rest) return [...refs];
    const id = await this.jobs.splitBatch(claim, last.path, { ...rest, toKey: claim.toKey });
    claim.toKey = last.path;
    await this.queue.offer([id]);
    return kept;
  }

  private async process(work: BatchWork, refs: readonly AssetRef[], selection: AssetSelection, signal: AbortSignal): Promise<BatchWork> {
    const processed = await this.loader.process(refs, signal);
    // The type is known only now: what the request did not ask for is none of its assets.
    const wanted = processed.filter((asset) => selection.wants(asset.result.extraction.facts.fileType));
    return { ...work, assets: [...work.assets, ...wanted] };
  }

  /** Processes again what changed under the batch; what vanished is dropped, what never rests is left for the next run. */
  private async redo(work: BatchWork, paths: readonly string[], round: number, selection: AssetSelection, signal: AbortSignal): Promise<BatchWork> {
    const changed = new Set(paths);
    const settled = work.assets.filter((asset) => !changed.has(asset.ref.path));
    if (round > MAX_STALE_ROUNDS) {
      const restless = work.assets.filter((asset) => changed.has(asset.ref.path));
      return { assets: settled, unsettled: [...work.unsettled, ...restless] };
    }
    const refs: AssetRef[] = [];
    for (const path of paths) {
      const range: KeyRange = { from: path, fromInclusive: true, to: path, toInclusive: true };
      for await (const page of selection.pages([range], null)) refs.push(...page.refs);
    }
    return this.process({ ...work, assets: settled }, refs, selection, signal);
  }

  private async commit(claim: BatchClaim, work: BatchWork, started: number, isolated: boolean): Promise<void> {
    // Ascending keys: batches that lock rows in different orders deadlock.
    const assets = [...work.assets].sort((a, b) => Buffer.compare(Buffer.from(a.ref.path), Buffer.from(b.ref.path)));
    const firstId = assets.length > 0 ? await this.records.reserveIds(assets.length) : 0;
    const outcome = await this.unitOfWork.run(async (tx) => {
      await this.jobs.fence(claim, tx);
      const stale = await this.repository.lock(assets.map((asset) => asset.ref), tx);
      if (stale.length > 0) throw new StaleAssetsError(stale);
      const report = new BatchReport();
      const committed = isolated ? await this.writeOneByOne(assets, firstId, report, tx) : await this.writeAll(assets, firstId, report, tx);
      await this.events.stage(claim, committed, tx);
      for (const asset of work.unsettled) report.skipped(asset, 'it changed again and again while it was processed');
      const finished = report.finish(performance.now() - started);
      await this.jobs.commitBatch(claim, finished, tx);
      return finished;
    });
    this.observer.batchCommitted(outcome);
  }

  private async writeAll(assets: readonly ProcessedAsset[], firstId: number, report: BatchReport, tx: Tx): Promise<CommittedAsset[]> {
    const stored = await this.writer.write(assets, firstId, tx);
    for (const asset of assets) report.done(asset);
    return assets.map((asset, i) => ({ asset, stored: stored[i] ?? null }));
  }

  private async writeOneByOne(assets: readonly ProcessedAsset[], firstId: number, report: BatchReport, tx: Tx): Promise<CommittedAsset[]> {
    const committed: CommittedAsset[] = [];
    for (const [i, asset] of assets.entries()) {
      try {
        const [stored] = await tx.savepoint(() => this.writer.write([asset], firstId + i, tx));
        report.done(asset);
        committed.push({ asset, stored: stored ?? null });
      } catch (error) {
        // Not the asset's fault: the batch is tried again as a whole.
        if (error instanceof LeaseLostError || (error instanceof GuidesError && error.retryable)) throw error;
        const refusal = storeFailure(error);
        report.refused(asset, { step: 'store', message: refusal });
        committed.push({ asset, stored: null, refusal });
      }
    }
    return committed;
  }
}

function storeFailure(error: unknown): string {
  // SQL text would show the content of other assets; the driver's own sentence is enough.
  const inner = error instanceof Error && 'driverError' in error ? error.driverError : error;
  return `The result could not be stored: ${inner instanceof Error ? inner.message : String(inner)}`;
}
