import type { AssetPatch, AssetRef } from '../../contracts/asset.js';
import type { AssetFilter, LoadedAsset, NewAsset, NodeKind, PutOutcome, WritableAssetRepository } from '../../contracts/asset-repository.js';
import type { BlobStore } from '../../contracts/blob-store.js';
import { InvalidRequestError } from '../../contracts/errors.js';
import { type KeyRange, subtreeRanges } from '../../contracts/key-range.js';
import { parentPath } from '../../contracts/repository-path.js';
import type { SqlExecutor, Tx } from '../../contracts/unit-of-work.js';
import { AssetRows } from '../asset-rows.js';
import { keyRangeSql } from '../key-range-sql.js';
import { existsAlready, movePaths, nothingAt, refuseLongPaths } from '../moved-path.js';
import { bulkInsert, executeIn, selectIn, type SqlValue } from '../unit-of-work/bulk.js';
import type { Database } from '../unit-of-work/database.js';

/** Columns that processing writes. */
const RESULT_COLUMNS = ['guid', 'file_type', 'mime_type', 'title', 'processed_at', 'state', 'metadata'] as const;

/** A row per asset and no node tree (repository.md, "The database provider"). A folder is what assets lie below. */
export class DatabaseAssetRepository implements WritableAssetRepository {
  readonly provider = 'database';
  private readonly rows: AssetRows;

  constructor(
    private readonly database: Database,
    blobs: BlobStore,
  ) {
    this.rows = new AssetRows(database, 'guides_asset', '1 = 1', blobs);
  }

  async kindOf(path: string): Promise<NodeKind | null> {
    if ((await this.existing([path])).size > 0) return 'asset';
    return (await hasAssetsBelow(path, this.database.reader)) ? 'folder' : null;
  }

  existing(paths: readonly string[]): Promise<Set<string>> {
    return this.rows.existing(paths);
  }

  scan(range: KeyRange, filter: AssetFilter, after: string | null, limit: number): Promise<AssetRef[]> {
    return this.rows.scan(range, filter, after, limit);
  }

  count(range: KeyRange, filter: AssetFilter): Promise<number> {
    return this.rows.count(range, filter);
  }

  load(refs: readonly AssetRef[], maxBytes: number): Promise<LoadedAsset[]> {
    return this.rows.load(refs, maxBytes);
  }

  lock(refs: readonly AssetRef[], tx: Tx): Promise<string[]> {
    return this.rows.lock(refs, tx);
  }

  async apply(patches: readonly AssetPatch[], tx: Tx): Promise<void> {
    await bulkInsert(tx, this.database.dialect, {
      table: 'guides_asset',
      columns: ['path', 'sha256', 'size', 'version', 'created_by', 'created_at', 'modified_at', ...RESULT_COLUMNS],
      // The rows exist (they are locked): the first seven columns only satisfy the INSERT that the upsert begins with.
      rows: patches.map((patch): SqlValue[] => [
        patch.ref.path,
        patch.sha256,
        patch.ref.sizeBytes,
        patch.ref.version,
        '',
        patch.ref.createdAtMs,
        patch.ref.createdAtMs,
        patch.uuid,
        patch.facts.fileType,
        patch.facts.mimeType,
        patch.facts.title,
        patch.processedAtMs,
        patch.outcome,
        JSON.stringify(metadataOf(patch)),
      ]),
      conflict: { keys: ['path'], updated: RESULT_COLUMNS },
    });
  }

  async put(assets: readonly NewAsset[], tx: Tx): Promise<PutOutcome[]> {
    const known = await this.hashes(assets.map((asset) => asset.path), tx);
    await this.refuseClashes(assets.filter((asset) => !known.has(asset.path)), tx);
    const outcomes = assets.map((asset): PutOutcome => {
      const sha256 = known.get(asset.path);
      return sha256 === undefined ? 'created' : sha256 === asset.blob.sha256 ? 'unchanged' : 'updated';
    });
    const createdAtMs = Date.now();
    await bulkInsert(tx, this.database.dialect, {
      table: 'guides_asset',
      columns: ['path', 'mime_type', 'sha256', 'size', 'version', 'created_by', 'created_at', 'modified_at', 'state', 'metadata'],
      rows: assets
        .filter((_, i) => outcomes[i] === 'created')
        .map((asset): SqlValue[] => [asset.path, asset.mimeType, asset.blob.sha256, asset.blob.sizeBytes, 1, asset.createdBy, createdAtMs, asset.modifiedAtMs, 'NEW', '{}']),
    });
    for (const [i, asset] of assets.entries()) {
      if (outcomes[i] !== 'updated') continue;
      await tx.execute(
        'UPDATE guides_asset SET mime_type = ?, sha256 = ?, size = ?, modified_at = ?, version = version + 1 WHERE path = ?',
        [asset.mimeType, asset.blob.sha256, asset.blob.sizeBytes, asset.modifiedAtMs, asset.path],
      );
    }
    return outcomes;
  }

  /** Folders have no row of their own: one exists as soon as an asset lies below it. */
  createFolders(): Promise<void> {
    return Promise.resolve();
  }

  async remove(paths: readonly string[], tx: Tx): Promise<string[]> {
    const known = [...(await this.hashes(paths, tx)).keys()];
    await executeIn(tx, this.database.dialect, 'DELETE FROM guides_asset WHERE $IN', 'path', known);
    return known;
  }

  async move(from: string, to: string, tx: Tx): Promise<number> {
    const isThere = async (path: string): Promise<boolean> => (await this.hashes([path], tx)).size > 0 || (await hasAssetsBelow(path, tx));
    if (!(await isThere(from))) throw nothingAt(from);
    if (await isThere(to)) throw existsAlready(to);
    await this.refuseAssetsAbove([to], tx);
    await refuseLongPaths(tx, 'guides_asset', from, to);
    const assets = await movePaths(tx, this.database.dialect, 'guides_asset', from, to);
    // Another move may have taken them after they were seen.
    if (assets === 0) throw nothingAt(from);
    return assets;
  }

  private async hashes(paths: readonly string[], tx: Tx): Promise<Map<string, string>> {
    const rows = await selectIn<{ path: string; sha256: string }>(
      tx,
      this.database.dialect,
      'SELECT path, sha256 FROM guides_asset WHERE $IN',
      'path',
      paths,
    );
    return new Map(rows.map((row) => [row.path, row.sha256]));
  }

  private async refuseClashes(assets: readonly NewAsset[], tx: Tx): Promise<void> {
    await this.refuseAssetsAbove(assets.map(({ path }) => path), tx);
    for (const { path } of assets) {
      if (await hasAssetsBelow(path, tx)) throw new InvalidRequestError(`${path} is a folder; an asset of that name cannot be put there.`);
    }
  }

  private async refuseAssetsAbove(paths: readonly string[], tx: Tx): Promise<void> {
    const folders = new Set<string>();
    for (const path of paths) {
      for (let folder = parentPath(path); folder !== '/' && !folders.has(folder); folder = parentPath(folder)) folders.add(folder);
    }
    const asset = (await this.hashes([...folders], tx)).keys().next();
    if (!asset.done) throw new InvalidRequestError(`${asset.value} is an asset; nothing can be put below it.`);
  }
}

async function hasAssetsBelow(path: string, db: SqlExecutor): Promise<boolean> {
  const below = subtreeRanges(path).at(-1);
  if (!below) return false;
  const { where, parameters } = keyRangeSql('path', below, null);
  return (await db.query(`SELECT 1 AS one FROM guides_asset WHERE ${where} LIMIT 1`, parameters)).length > 0;
}

function metadataOf(patch: AssetPatch): Record<string, unknown> {
  const { facts } = patch;
  return {
    domainType: facts.domainType,
    lang: facts.lang,
    shortdesc: facts.shortdesc,
    authors: facts.metadata.authors,
    keywords: facts.metadata.keywords,
    image: facts.image,
    error: facts.error,
    renditions: patch.renditions.map(({ name, mimeType, blob }) => ({ name, mimeType, sha256: blob.sha256 })),
  };
}
