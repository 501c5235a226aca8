import type { AssetRef } from '../../contracts/asset.js';
import type { AssetRepository } from '../../contracts/asset-repository.js';
import type { BlobStore } from '../../contracts/blob-store.js';
import type { Pipeline, PipelineInput, PipelineResult } from '../../contracts/pipeline.js';
import { damRootOf } from '../../contracts/repository-path.js';
import type { ProcessedAsset } from './asset-results.js';

/** Reads assets and sends them through the pipeline, with a bounded number of bytes in memory at a time. */
export class AssetLoader {
  constructor(
    private readonly repository: AssetRepository,
    private readonly pipeline: Pick<Pipeline, 'bytesWanted' | 'run'>,
    private readonly blobs: BlobStore,
    private readonly maxBytesInMemory: number,
  ) {}

  /** Assets that are gone meanwhile are left out. Order as given. */
  async process(refs: readonly AssetRef[], signal: AbortSignal): Promise<ProcessedAsset[]> {
    const done: ProcessedAsset[] = [];
    for (const portion of this.portions(refs)) {
      signal.throwIfAborted();
      const inputs = await this.load(portion);
      const byPath = new Map(inputs.map(({ ref }) => [ref.path, ref]));
      for (const result of await this.pipeline.run(inputs.map(({ input }) => input), signal)) {
        const ref = byPath.get(result.path);
        if (ref) done.push({ ref, result, renditions: await this.stageRenditions(result) });
      }
    }
    return done;
  }

  private async load(refs: readonly AssetRef[]): Promise<{ ref: AssetRef; input: PipelineInput }[]> {
    const inputs: { ref: AssetRef; input: PipelineInput }[] = [];
    const byWanted = groupByWanted(refs, (ref) => this.bytesWanted(ref));
    for (const [maxBytes, group] of byWanted) {
      for (const { ref, bytes } of await this.repository.load(group, maxBytes)) {
        const { path, sizeBytes, sha256 } = ref;
        inputs.push({ ref, input: { path, damRoot: damRootOf(path), sizeBytes, sha256, bytes } });
      }
    }
    return inputs;
  }

  private bytesWanted(ref: AssetRef): number {
    // Without a known hash all bytes are needed to make one.
    return ref.sha256 === null ? Number.MAX_SAFE_INTEGER : this.pipeline.bytesWanted(ref.path);
  }

  private *portions(refs: readonly AssetRef[]): Generator<AssetRef[]> {
    let portion: AssetRef[] = [];
    let bytes = 0;
    for (const ref of refs) {
      const size = Math.min(ref.sizeBytes, this.bytesWanted(ref));
      if (portion.length > 0 && bytes + size > this.maxBytesInMemory) {
        yield portion;
        portion = [];
        bytes = 0;
      }
      portion.push(ref);
      bytes += size;
    }
    if (portion.length > 0) yield portion;
  }

  private async stageRenditions(result: PipelineResult): Promise<ProcessedAsset['renditions']> {
    const staged: ProcessedAsset['renditions'] = [];
    for (const { name, mimeType, bytes } of result.extraction.renditions) {
      staged.push({ name, mimeType, staged: await this.blobs.stage(bytes) });
    }
    return staged;
  }
}

function groupByWanted(refs: readonly AssetRef[], wanted: (ref: AssetRef) => number): Map<number, AssetRef[]> {
  const groups = new Map<number, AssetRef[]>();
  for (const ref of refs) {
    const bytes = wanted(ref);
    const group = groups.get(bytes);
    if (group) group.push(ref);
    else groups.set(bytes, [ref]);
  }
  return groups;
}
