import { allOrFirstError } from '../../contracts/all-or-first-error.js';
import type { AssetRecordStore, ReferenceGraph } from '../../contracts/asset-records.js';
import type { AssetRepository } from '../../contracts/asset-repository.js';
import type { KeyRange } from '../../contracts/key-range.js';
import type { KeySpaceStore } from '../../contracts/key-space.js';
import type { UnitOfWork } from '../../contracts/unit-of-work.js';

/** Records, or targets of references, looked at in one go. */
const PAGE = 500;

/** Takes off what was found out about assets that are no longer there, so that references to them break. */
export class VanishedAssets {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: AssetRepository,
    private readonly records: AssetRecordStore,
    private readonly graph: ReferenceGraph,
    private readonly keySpaces: KeySpaceStore,
  ) {}

  /** May be broken off and done again at any time. */
  async forget(ranges: readonly KeyRange[], signal: AbortSignal): Promise<void> {
    for (const range of ranges) {
      // At once: until they end, no other process has anything to do for the job.
      await allOrFirstError([this.walkRecords(range, signal), this.walkTargets(range, signal)]);
    }
  }

  private walkRecords(range: KeyRange, signal: AbortSignal): Promise<void> {
    return walk({
      pageAfter: (after) => this.records.paths(range, after, PAGE),
      pathOf: (path) => path,
      look: (page) => this.remove(page),
    }, signal);
  }

  /** Only where nothing was processed yet, which may be referred to all the same: what has a record was looked at by the other walk. */
  private walkTargets(range: KeyRange, signal: AbortSignal): Promise<void> {
    return walk({
      pageAfter: (after) => this.graph.places(range, after, PAGE),
      pathOf: ({ path }) => path,
      look: (page) => this.breakReferences(page.filter(({ hasRecord }) => !hasRecord).map(({ path }) => path)),
    }, signal);
  }

  private async breakReferences(candidates: readonly string[]): Promise<void> {
    // Most of what is missing never was there: nobody has to wait for that.
    const found = await this.graph.foundTargets(await this.missing(candidates));
    if (found.length === 0) return;
    await this.unitOfWork.run(async (tx) => {
      await this.graph.holdTargets(tx);
      await this.graph.targetsGone(await this.missing(found), tx);
    });
  }

  private async remove(candidates: readonly string[]): Promise<void> {
    if ((await this.missing(candidates)).length === 0) return;
    await this.unitOfWork.run(async (tx) => {
      // From here on nobody commits a result: what is missing now has no newer record either.
      await this.graph.holdTargets(tx);
      const gone = await this.missing(candidates);
      const ids = [...(await this.records.processedStates(gone, tx)).values()].map(({ id }) => id);
      await this.graph.removeSources(ids, tx);
      await this.keySpaces.remove(ids, tx);
      await this.records.remove(gone, tx);
      await this.graph.targetsChanged(gone, tx);
    });
  }

  private async missing(paths: readonly string[]): Promise<string[]> {
    const existing = await this.repository.existing(paths);
    return paths.filter((path) => !existing.has(path));
  }
}

interface Walk<T> {
  pageAfter: (after: string | null) => Promise<T[]>;
  pathOf: (item: T) => string;
  look: (page: readonly T[]) => Promise<void>;
}

/** Reads the next page while one is looked at. */
async function walk<T>({ pageAfter, pathOf, look }: Walk<T>, signal: AbortSignal): Promise<void> {
  for (let page = await pageAfter(null); page.length > 0; ) {
    signal.throwIfAborted();
    const last = page.at(-1);
    const next = page.length < PAGE || last === undefined ? [] : pageAfter(pathOf(last));
    [page] = await Promise.all([next, look(page)]);
  }
}
