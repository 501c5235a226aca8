import type { AssetPatch, AssetRef } from './asset.js';
import type { BlobRef } from './blob-store.js';
import type { KeyRange } from './key-range.js';
import type { Tx } from './unit-of-work.js';

/** What a repository can decide by itself; everything else is filtered above it. Both bounds inclusive. */
export interface AssetFilter {
  createdFromMs?: number;
  createdToMs?: number;
}

export type NodeKind = 'asset' | 'folder';

/** Content of one asset, whole up to the limit that was asked for. */
export interface LoadedAsset {
  ref: AssetRef;
  /** At most the `maxBytes` given to `load`; compare with `ref.sizeBytes` to see whether it is all. */
  bytes: Uint8Array;
}

/**
 * A mounted tree of assets: 'jcr', 'database', or a host's own. Everything above it is the same for all of them, and
 * `test/contract` holds each to it. Paths are absolute repository paths.
 */
export interface AssetRepository {
  readonly provider: string;
  /** What stands at `path`: null when nothing does. */
  kindOf(path: string): Promise<NodeKind | null>;
  /** Which of these paths are assets now. */
  existing(paths: readonly string[]): Promise<Set<string>>;
  /** The next assets in byte order of the path, after `after` (exclusive); never those that are not processable. */
  scan(range: KeyRange, filter: AssetFilter, after: string | null, limit: number): Promise<AssetRef[]>;
  count(range: KeyRange, filter: AssetFilter): Promise<number>;
  /** The first `maxBytes` of each asset; assets that are gone are left out. Order as asked. */
  load(refs: readonly AssetRef[], maxBytes: number): Promise<LoadedAsset[]>;
  /**
   * Locks the assets until the transaction ends and returns the paths whose version is no longer that of the ref
   * (changed or gone). Ascending keys: batches that lock rows in different orders deadlock.
   */
  lock(refs: readonly AssetRef[], tx: Tx): Promise<string[]>;
  /** Persists results; one statement per table and chunk. Call `lock` first in the same transaction. */
  apply(patches: readonly AssetPatch[], tx: Tx): Promise<void>;
}

export interface NewAsset {
  path: string;
  blob: BlobRef;
  mimeType: string;
  createdBy: string;
  modifiedAtMs: number;
}

export type PutOutcome = 'created' | 'updated' | 'unchanged';

/** A repository that content can be brought into (import, uploads). */
export interface WritableAssetRepository extends AssetRepository {
  /**
   * Creates or updates assets and the folders above them. Outcomes in the order given; an asset with the same bytes
   * is left alone. @throws InvalidRequestError when a folder stands where an asset is to be, or the reverse.
   */
  put(assets: readonly NewAsset[], tx: Tx): Promise<PutOutcome[]>;
  createFolders(paths: readonly string[], tx: Tx): Promise<void>;
  /** Deletes these assets (not folders); returns the paths that were there. */
  remove(paths: readonly string[], tx: Tx): Promise<string[]>;
  /**
   * Gives the asset or folder at `from`, with all below it, the path `to`, and makes the folders above `to`. Bytes,
   * versions and results stay; the assets are locked until the transaction ends. Both paths are normalized, and `to` does
   * not lie within `from`. Resolves to the number of assets.
   * @throws InvalidRequestError when nothing stands at `from`, something at `to`, or an asset above `to`;
   * InvalidPathError when a path would become too long.
   */
  move(from: string, to: string, tx: Tx): Promise<number>;
}

/** One entry of the configuration: a prefix and what serves it. */
export interface Mount {
  prefix: string;
  repository: AssetRepository;
}
