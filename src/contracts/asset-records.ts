import type { AssetFacts, AssetOutcome, FileType, Reference, ReferenceStatus } from './asset.js';
import type { KeyRange } from './key-range.js';
import type { LookedUpReference, ReferenceTarget } from './reference-rules.js';
import type { Tx } from './unit-of-work.js';

/** What is known of an asset since it was last processed, whichever repository holds it. */
export interface AssetRecord {
  id: number;
  path: string;
  /** `GUID-` + UUID, unique over the repository, kept for the life of the asset. */
  uuid: string;
  sha256: string;
  sizeBytes: number;
  outcome: AssetOutcome;
  processedAtMs: number;
  pipelineVersion: string;
  facts: AssetFacts;
}

/** A record to be stored, with the hash of what references can point at. */
export interface NewAssetRecord extends AssetRecord {
  anchorsHash: string;
}

export interface ProcessedState {
  id: number;
  uuid: string;
  sha256: string;
  outcome: AssetOutcome;
  pipelineVersion: string;
  fileType: FileType;
  processedAtMs: number;
  /** Hash of what references can point at (type, well-formedness, ids): differs when incoming references must be checked anew. */
  anchorsHash: string;
}

/** Results of processing, keyed by path; shared by all mounts, so that GUIDs and references span them. */
export interface AssetRecordStore {
  /** Without a transaction: the last committed state. With one: locked until it ends. */
  processedStates(paths: readonly string[], tx?: Tx): Promise<Map<string, ProcessedState>>;
  save(records: readonly NewAssetRecord[], tx: Tx): Promise<void>;
  /** Reserves `count` ids that nobody else will get; returns the first. */
  reserveIds(count: number): Promise<number>;
  /** Records in path order after `after`, for reports; no references. */
  page(range: KeyRange, after: string | null, limit: number): Promise<AssetRecord[]>;
  /** Paths that have a record, ascending after `after`. */
  paths(range: KeyRange, after: string | null, limit: number): Promise<string[]>;
  find(paths: readonly string[], tx?: Tx): Promise<Map<string, AssetRecord>>;
  targets(paths: readonly string[], tx?: Tx): Promise<Map<string, ReferenceTarget>>;
  /** Paths of assets whose file name without extension is one of these `GUID-…` stems, or whose own uuid is: by stem, smallest path first. */
  pathsByGuid(guids: readonly string[], tx?: Tx): Promise<Map<string, string[]>>;
  remove(paths: readonly string[], tx: Tx): Promise<void>;
}

/** A stored reference whose status or target only the repository can tell. */
export interface UnresolvedReference extends LookedUpReference {
  sourceId: number;
  ordinal: number;
  /** Where only the target is to be looked up: the status, which stays (`TARGET_ONLY_STATUSES`). Else null. */
  fixedStatus: ReferenceStatus | null;
}

export interface ResolvedReference {
  sourceId: number;
  ordinal: number;
  status: ReferenceStatus;
  /** Where the GUID rule led to (extraction.md, section 8.9), else null. */
  resolvedTarget: string | null;
}

/** A path that references lead to. */
export interface ReferencedPlace {
  path: string;
  /** An asset was processed there. */
  hasRecord: boolean;
}

export interface StoredReference extends Reference {
  sourcePath: string;
  sourceId: number;
  /** Place among the references of its source, from 0. */
  ordinal: number;
}

/** The reference graph in both directions (repository.md, "Both"). */
export interface ReferenceGraph {
  /** Replaces the outgoing references of each source, and queues those that must be looked up. */
  replace(sources: readonly { sourceId: number; refs: readonly Reference[] }[], tx: Tx): Promise<void>;
  /** Makes references that point to these paths (or GUID stems) undecided again and queues their sources. */
  targetsChanged(paths: readonly string[], tx: Tx): Promise<void>;
  /** Where references lead, whether anything stands there or not: places in the range after `after`, each once, in byte order. */
  places(range: KeyRange, after: string | null, limit: number): Promise<ReferencedPlace[]>;
  /** Those of these paths where a settled reference found something when it was looked up. */
  foundTargets(paths: readonly string[]): Promise<string[]>;
  /** As `targetsChanged`, for paths where nothing stands: only references that found something there become undecided. */
  targetsGone(paths: readonly string[], tx: Tx): Promise<void>;
  /** Ids of queued sources after `after`, ascending. */
  queuedSources(after: number, limit: number): Promise<number[]>;
  /** What must be looked up of queued sources in [from, to]; holds the graph's lock so that nobody moves a target meanwhile. */
  unresolved(fromId: number, toId: number, tx: Tx): Promise<UnresolvedReference[]>;
  /** Writes what became of all that `unresolved` gave in this transaction, and takes [from, to] off the queue. */
  settle(fromId: number, toId: number, resolved: readonly ResolvedReference[], tx: Tx): Promise<void>;
  /** Until the transaction ends, nobody adds, removes or changes what references can point at. */
  holdTargets(tx: Tx): Promise<void>;
  /** In document order. */
  outgoing(sourceIds: readonly number[], tx?: Tx): Promise<Map<number, Reference[]>>;
  incoming(path: string, after: { sourceId: number; ordinal: number } | null, limit: number): Promise<StoredReference[]>;
  /** Broken references of the sources in the range, by path and ordinal. */
  broken(range: KeyRange, after: { path: string; ordinal: number } | null, limit: number): Promise<StoredReference[]>;
  removeSources(sourceIds: readonly number[], tx: Tx): Promise<void>;
}
