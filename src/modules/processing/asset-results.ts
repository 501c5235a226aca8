import { createHash, randomUUID } from 'node:crypto';
import type { AssetFacts, AssetOutcome, AssetPatch, AssetRef, Reference } from '../../contracts/asset.js';
import type { AssetRecord, AssetRecordStore, NewAssetRecord, ProcessedState, ReferenceGraph } from '../../contracts/asset-records.js';
import type { AssetRepository } from '../../contracts/asset-repository.js';
import type { BlobStore, StagedBlob } from '../../contracts/blob-store.js';
import type { Pipeline, PipelineResult } from '../../contracts/pipeline.js';
import type { Tx } from '../../contracts/unit-of-work.js';

/** One asset after the pipeline, with its thumbnails safe on disk. */
export interface ProcessedAsset {
  ref: AssetRef;
  result: PipelineResult;
  renditions: { name: string; mimeType: string; staged: StagedBlob }[];
}

const TOPICREF_KINDS = new Set(['topicref', 'mapref', 'keydef', 'reltable']);

/** What became of an asset that is stored. */
export interface StoredResult {
  uuid: string;
  /** It had no result before. */
  isFirst: boolean;
}

/** Writes the results of a batch in the caller's transaction. */
export interface ResultWriter {
  /**
   * @param firstId begins a reserved block of at least `assets.length` ids, for assets that have none yet.
   * @returns one for each asset, in their order; nothing where results are no results of processing.
   */
  write(assets: readonly ProcessedAsset[], firstId: number, tx: Tx): Promise<readonly StoredResult[]>;
}

/** Writes what processing found: provider, records, reference graph. */
export class AssetResultWriter implements ResultWriter {
  constructor(
    private readonly repository: AssetRepository,
    private readonly records: AssetRecordStore,
    private readonly graph: ReferenceGraph,
    private readonly blobs: BlobStore,
    private readonly pipeline: Pick<Pipeline, 'version'>,
  ) {}

  async write(assets: readonly ProcessedAsset[], firstId: number, tx: Tx): Promise<readonly StoredResult[]> {
    if (assets.length === 0) return [];
    const processedAtMs = Date.now();
    const states = await this.records.processedStates(assets.map((asset) => asset.ref.path), tx);
    const records = assets.map((asset, i) => this.record(asset, states.get(asset.ref.path), firstId + i, processedAtMs));
    await this.blobs.commit(assets.flatMap((asset) => asset.renditions.map((rendition) => rendition.staged)), tx);
    await this.repository.apply(assets.map((asset, i) => patch(asset, at(records, i), !states.has(asset.ref.path))), tx);
    await this.records.save(records, tx);
    const moved = records.filter((record) => states.get(record.path)?.anchorsHash !== record.anchorsHash);
    // Before the new references are written: those of a file to itself are decided already.
    await this.graph.targetsChanged(moved.map((record) => record.path), tx);
    await this.graph.replace(
      assets.map((asset, i) => ({ sourceId: at(records, i).id, refs: asset.result.extraction.refs })),
      tx,
    );
    return records.map(({ uuid, path }) => ({ uuid, isFirst: !states.has(path) }));
  }

  private record(asset: ProcessedAsset, known: ProcessedState | undefined, newId: number, processedAtMs: number): NewAssetRecord {
    return {
      id: known?.id ?? newId,
      path: asset.ref.path,
      uuid: known?.uuid ?? `GUID-${randomUUID()}`,
      sha256: asset.result.sha256,
      sizeBytes: asset.ref.sizeBytes,
      outcome: outcomeOf(asset.result),
      processedAtMs,
      pipelineVersion: this.pipeline.version,
      facts: asset.result.extraction.facts,
      anchorsHash: anchorsHash(asset.result.extraction.facts),
    };
  }
}

/** An asset fails by a step that refused it, or by an error in its own content. */
export function outcomeOf(result: PipelineResult): AssetOutcome {
  return result.failedStep !== null || result.extraction.facts.error !== null ? 'FAILED' : 'SUCCESS';
}

/** Differs whenever references that point at the asset may have to be judged anew. */
export function anchorsHash(facts: AssetFacts): string {
  const anchors = [facts.fileType, facts.wellFormed, facts.rootId, facts.topicIds, facts.elementIds];
  return createHash('sha1').update(JSON.stringify(anchors)).digest('base64url');
}

function patch(asset: ProcessedAsset, record: AssetRecord, isFirst: boolean): AssetPatch {
  return {
    ref: asset.ref,
    sha256: record.sha256,
    uuid: record.uuid,
    isFirst,
    outcome: record.outcome,
    processedAtMs: record.processedAtMs,
    facts: record.facts,
    topicrefs: topicrefs(asset.result.extraction.refs),
    renditions: asset.renditions.map(({ name, mimeType, staged }) => ({ name, mimeType, blob: staged })),
  };
}

function topicrefs(refs: readonly Reference[]): string[] {
  return refs.flatMap((ref) => (TOPICREF_KINDS.has(ref.kind) && ref.target !== null ? [ref.target] : []));
}

function at<T>(list: readonly T[], index: number): T {
  const value = list[index];
  if (value === undefined) throw new RangeError(`No element ${index}.`);
  return value;
}
