import type { AssetRecordStore, ReferenceGraph } from '../../contracts/asset-records.js';
import type { AssetRepository } from '../../contracts/asset-repository.js';
import type { KeyRange } from '../../contracts/key-range.js';
import type { KeySpaceStore } from '../../contracts/key-space.js';
import type { UnitOfWork } from '../../contracts/unit-of-work.js';

/** Records looked at in one go. */
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
      let after: string | null = null;
      for (;;) {
        signal.throwIfAborted();
        const page: string[] = await this.records.paths(range, after, PAGE);
        if ((await this.missing(page)).length > 0) await this.remove(page);
        after = page.at(-1) ?? null;
        if (page.length < PAGE) break;
      }
    }
  }

  private async remove(candidates: readonly string[]): Promise<void> {
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
