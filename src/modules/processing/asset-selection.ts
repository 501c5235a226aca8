import type { AssetRef, FileType } from '../../contracts/asset.js';
import type { AssetRecordStore, ProcessedState } from '../../contracts/asset-records.js';
import type { AssetFilter, AssetRepository } from '../../contracts/asset-repository.js';
import type { JobRequest } from '../../contracts/job.js';
import { contains, type KeyRange, subtreeWithout } from '../../contracts/key-range.js';
import { hintedFileType, mayBeOneOf } from '../../contracts/file-type-hint.js';
import type { PathRules } from './path-rules.js';
import { isRecordOf } from './recorded-asset.js';

/** Assets read in one page of a walk. */
const PAGE = 500;

/** Which assets a job is about: the same answer for the planner and for the batch that runs later. */
export class AssetSelection {
  readonly ranges: readonly KeyRange[];
  private readonly filter: AssetFilter;

  constructor(
    private readonly request: JobRequest,
    private readonly repository: AssetRepository,
    private readonly records: AssetRecordStore,
    private readonly rules: PathRules,
    private readonly pipelineVersion: string,
  ) {
    this.ranges = subtreeWithout(request.path, request.excludedPaths);
    this.filter = { createdFromMs: request.filter.startTime, createdToMs: request.filter.endTime };
  }

  /**
   * Selected assets of `ranges` after `after`, page by page in key order. A page may be empty; `lastKey` is how far the
   * walk has come.
   */
  async *pages(ranges: readonly KeyRange[], after: string | null): AsyncGenerator<{ refs: AssetRef[]; lastKey: string }> {
    for (const range of ranges) {
      // A range that ends before `after` answers with nothing.
      let cursor = after;
      for (;;) {
        const page = await this.repository.scan(range, this.filter, cursor, PAGE);
        const last = page.at(-1);
        if (!last) break;
        cursor = last.path;
        yield { refs: await this.selected(page), lastKey: cursor };
        if (page.length < PAGE) break;
      }
    }
  }

  /** True when processing found a type that the request asked for. */
  wants(fileType: FileType): boolean {
    const { fileTypes } = this.request.filter;
    return fileTypes.length === 0 || fileTypes.includes(fileType);
  }

  /** Whether this asset, seen again now, still belongs to the job. */
  covers(path: string): boolean {
    return this.ranges.some((range) => contains(range, path));
  }

  private async selected(page: readonly AssetRef[]): Promise<AssetRef[]> {
    const { filterProcessedAssets } = this.request.filter;
    const candidates = page.filter((ref) => this.rules.allows(ref.path) && this.mayBeWanted(ref.path));
    if (!filterProcessedAssets || candidates.length === 0) return candidates;
    const states = await this.records.processedStates(candidates.map((ref) => ref.path));
    return candidates.filter((ref) => !this.isUpToDate(ref, states.get(ref.path)));
  }

  /** By the name alone. What content can make of it shows when it is read; a dry run reads nothing, and counts what names suggest. */
  private mayBeWanted(path: string): boolean {
    return this.request.dryRun ? this.wants(hintedFileType(path)) : mayBeOneOf(path, this.request.filter.fileTypes);
  }

  /** Unchanged since it was last processed successfully by this version of the processor; where no hash tells, it may have changed. */
  private isUpToDate(ref: AssetRef, state: ProcessedState | undefined): boolean {
    return ref.sha256 !== null && isRecordOf(state, ref) && state.outcome === 'SUCCESS' && state.pipelineVersion === this.pipelineVersion;
  }
}
