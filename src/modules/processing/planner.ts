import type { AssetRef } from '../../contracts/asset.js';
import type { AssetTypeCounts, BatchId, JobStore, PlanClaim, PlannedBatch } from '../../contracts/job.js';
import type { ProcessingSettings } from '../../contracts/settings.js';
import type { WorkQueue } from '../../contracts/work-queue.js';
import type { AssetSelection } from './asset-selection.js';
import { hintedFileType } from '../../contracts/file-type-hint.js';

/** Batches saved in one transaction. */
const BATCHES_PER_SAVE = 20;

/**
 * Walks the key range of a job and cuts it into batches, a checkpoint at a time; processing starts with the first
 * ones (processing.md, "Planning"). Memory is bounded by a page and the batches not yet saved.
 */
export class Planner {
  constructor(
    private readonly jobs: JobStore,
    private readonly queue: WorkQueue,
    private readonly settings: Pick<ProcessingSettings, 'batchSize' | 'batchMaxBytes'>,
  ) {}

  /** @throws LeaseLostError when the job was cancelled or another planner took over. */
  async plan(claim: PlanClaim, selection: AssetSelection, signal: AbortSignal): Promise<void> {
    const cutter = new BatchCutter(this.settings.batchSize, this.settings.batchMaxBytes);
    let ready: PlannedBatch[] = [];
    let planned = 0;
    const save = async (batches: PlannedBatch[], cursor: string): Promise<void> => {
      const ids = await this.jobs.savePlan(claim, batches, cursor);
      if (!claim.job.dryRun) await this.offer(ids);
    };
    let cursor: string | null = null;
    for await (const page of selection.pages(selection.ranges, claim.cursor)) {
      signal.throwIfAborted();
      for (const ref of page.refs) {
        const full = cutter.add(ref);
        if (full) ready.push(full);
      }
      planned += page.refs.length;
      cursor = page.lastKey;
      const checkpoint = cutter.isEmpty ? page.lastKey : ready.at(-1)?.toKey;
      // The first batch goes out at once, so that processing need not wait for planning.
      if (checkpoint && (ready.length >= BATCHES_PER_SAVE || planned <= page.refs.length)) {
        await save(ready, checkpoint);
        ready = [];
      }
    }
    const last = cutter.finish();
    if (last) ready.push(last);
    if (cursor !== null) await save(ready, cursor);
    await this.finish(claim);
  }

  private async offer(ids: readonly BatchId[]): Promise<void> {
    if (ids.length > 0) await this.queue.offer(ids);
  }

  private async finish(claim: PlanClaim): Promise<void> {
    const job = await this.jobs.find(claim.job.processingId);
    const total = job?.counts.total ?? 0;
    const types = claim.job.dryRun ? (await this.jobs.plannedTypes(claim.job.processingId)) : null;
    const comments = types ? `Dry run: ${total} assets would be processed (${describe(types)}).` : undefined;
    await this.jobs.finishPlan(claim, [{ level: 'INFO', text: `Planned: ${total} assets` }], comments);
  }
}

/** Collects assets until a batch is full by count or by bytes. */
class BatchCutter {
  private refs: AssetRef[] = [];
  private bytes = 0;

  constructor(
    private readonly maxAssets: number,
    private readonly maxBytes: number,
  ) {}

  get isEmpty(): boolean {
    return this.refs.length === 0;
  }

  add(ref: AssetRef): PlannedBatch | null {
    const full = this.refs.length >= this.maxAssets || (this.refs.length > 0 && this.bytes + ref.sizeBytes > this.maxBytes);
    const batch = full ? this.finish() : null;
    this.refs.push(ref);
    this.bytes += ref.sizeBytes;
    return batch;
  }

  finish(): PlannedBatch | null {
    const batch = plannedBatch(this.refs);
    this.refs = [];
    this.bytes = 0;
    return batch;
  }
}

/** The batch that covers exactly these assets; null for none. */
export function plannedBatch(refs: readonly AssetRef[]): PlannedBatch | null {
  const [first] = refs;
  const last = refs.at(-1);
  if (!first || !last) return null;
  const plannedTypes: AssetTypeCounts = {};
  for (const ref of refs) {
    const type = hintedFileType(ref.path);
    plannedTypes[type] = (plannedTypes[type] ?? 0) + 1;
  }
  return { fromKey: first.path, toKey: last.path, plannedCount: refs.length, plannedTypes };
}

function describe(types: AssetTypeCounts): string {
  const parts = Object.entries(types).map(([type, count]) => `${type} ${count}`);
  return parts.length > 0 ? parts.join(', ') : 'none';
}
