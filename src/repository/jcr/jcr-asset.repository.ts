import { randomUUID } from 'node:crypto';
import type { AssetPatch, AssetRef } from '../../contracts/asset.js';
import type { AssetFilter, LoadedAsset, NewAsset, NodeKind, PutOutcome, WritableAssetRepository } from '../../contracts/asset-repository.js';
import type { BlobStore } from '../../contracts/blob-store.js';
import { InvalidRequestError } from '../../contracts/errors.js';
import { type KeyRange, subtreeRanges } from '../../contracts/key-range.js';
import { fileName, parentPath } from '../../contracts/repository-path.js';
import type { Tx } from '../../contracts/unit-of-work.js';
import { AssetRows } from '../asset-rows.js';
import { keyRangeSql } from '../key-range-sql.js';
import { existsAlready, movePaths, nothingAt, refuseLongPaths } from '../moved-path.js';
import { bulkInsert, selectIn, type SqlValue } from '../unit-of-work/bulk.js';
import type { Database } from '../unit-of-work/database.js';
import { takeIds } from '../unit-of-work/id-sequence.js';
import {
  assetNodeProperties,
  CONTENT_PROPERTIES,
  contentProperties,
  METADATA_PROPERTIES,
  metadataProperties,
  uploadedProperties,
} from './asset-properties.js';
import { ancestorsOf, ensureFolders, findNodes, FOLDER_TYPES, IdBlock, insertNodes, type NewNode } from './jcr-nodes.js';
import { putProperties, removeProperties } from './jcr-properties.js';
import { putRenditions } from './jcr-renditions.js';
import { jcrDate, type JcrProperty } from './property-type.js';

/** Nodes of an asset besides folders: asset, content, metadata, renditions, original and its resource. */
const NODES_PER_ASSET = 6;

interface IndexRow {
  path: string;
  node_id: number | string;
  content_id: number | string;
  metadata_id: number | string;
  renditions_id: number | string;
  resource_id: number | string;
  sha256: string;
}

/** Assets as `dam:Asset` nodes of a JCR tree, with an index table beside it (repository.md, "The JCR provider"). */
export class JcrAssetRepository implements WritableAssetRepository {
  readonly provider = 'jcr';
  private readonly rows: AssetRows;

  constructor(
    private readonly database: Database,
    blobs: BlobStore,
  ) {
    this.rows = new AssetRows(database, 'jcr_asset', 'content_fragment = 0', blobs);
  }

  async kindOf(path: string): Promise<NodeKind | null> {
    const [node] = await this.database.reader.query<{ primary_type: string }>('SELECT primary_type FROM jcr_node WHERE path = ?', [path]);
    if (!node) return null;
    if (node.primary_type === 'dam:Asset') return 'asset';
    return FOLDER_TYPES.includes(node.primary_type) ? 'folder' : null;
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
    const index = await this.index(patches.map((patch) => patch.ref.path), tx);
    const known = patches.flatMap((patch) => {
      const row = index.get(patch.ref.path);
      return row ? [{ patch, contentId: Number(row.content_id), metadataId: Number(row.metadata_id), renditionsId: Number(row.renditions_id) }] : [];
    });
    const written = known.flatMap(({ patch, contentId, metadataId }) => [
      { nodeId: contentId, properties: contentProperties(patch), managed: CONTENT_PROPERTIES, isFirst: patch.isFirst },
      { nodeId: metadataId, properties: metadataProperties(patch), managed: METADATA_PROPERTIES, isFirst: patch.isFirst },
    ]);
    await removeProperties(written.filter(({ isFirst }) => !isFirst).map(withoutWritten), tx, this.database.dialect);
    await putProperties(written, tx, this.database.dialect);
    await putRenditions(known, tx, this.database.dialect);
  }

  async createFolders(paths: readonly string[], tx: Tx): Promise<void> {
    const folders = [...new Set([...ancestorsOf(paths), ...paths])].filter((path) => path !== '/').sort((a, b) => a.length - b.length);
    await ensureFolders(folders, await this.block(folders.length, tx), tx, this.database.dialect);
  }

  async put(assets: readonly NewAsset[], tx: Tx): Promise<PutOutcome[]> {
    const index = await this.index(assets.map((asset) => asset.path), tx);
    const created = assets.filter((asset) => !index.has(asset.path));
    await this.insert(created, tx);
    const changed = assets.filter((asset) => index.has(asset.path) && index.get(asset.path)?.sha256 !== asset.blob.sha256);
    for (const asset of changed) await this.update(asset, index.get(asset.path), tx);
    const isChanged = new Set(changed);
    return assets.map((asset) => (!index.has(asset.path) ? 'created' : isChanged.has(asset) ? 'updated' : 'unchanged'));
  }

  async remove(paths: readonly string[], tx: Tx): Promise<string[]> {
    const index = await this.index(paths, tx);
    for (const path of index.keys()) {
      await tx.execute('DELETE FROM jcr_asset WHERE path = ?', [path]);
      for (const range of subtreeRanges(path)) {
        const { where, parameters } = keyRangeSql('path', range, null);
        await tx.execute(`DELETE FROM jcr_property WHERE node_id IN (SELECT id FROM jcr_node WHERE ${where})`, parameters);
        await tx.execute(`DELETE FROM jcr_node WHERE ${where}`, parameters);
      }
    }
    return [...index.keys()];
  }

  async move(from: string, to: string, tx: Tx): Promise<number> {
    const { dialect } = this.database;
    // Held: of two moves of one folder the second has to find that it is gone.
    const known = await findNodes([from, to], tx, dialect, dialect.forUpdate);
    const node = known.get(from);
    if (!node || !['dam:Asset', ...FOLDER_TYPES].includes(node.primaryType)) throw nothingAt(from);
    if (known.has(to)) throw existsAlready(to);
    await refuseLongPaths(tx, 'jcr_node', from, to);
    const assets = await movePaths(tx, dialect, 'jcr_asset', from, to);
    const folders = ancestorsOf([to]);
    const ids = await this.block(folders.length + 1, tx);
    const folderIds = await ensureFolders(folders, ids, tx, dialect);
    await movePaths(tx, dialect, 'jcr_node', from, to);
    // Last among its new siblings, as a new node would be.
    await tx.execute('UPDATE jcr_node SET name = ?, parent_id = ?, position = ? WHERE id = ?', [
      fileName(to),
      folderIds.get(parentPath(to)) ?? null,
      ids.take(),
      node.id,
    ]);
    return assets;
  }

  private async insert(assets: readonly NewAsset[], tx: Tx): Promise<void> {
    if (assets.length === 0) return;
    const paths = assets.map((asset) => asset.path);
    const taken = (await findNodes(paths, tx, this.database.dialect)).keys().next();
    if (!taken.done) throw new InvalidRequestError(`${taken.value} is a folder; an asset of that name cannot be put there.`);
    const folders = ancestorsOf(paths);
    const ids = await this.block(folders.length + assets.length * NODES_PER_ASSET, tx);
    const folderIds = await ensureFolders(folders, ids, tx, this.database.dialect);
    const created = assets.map((asset) => newAsset(asset, ids, folderIds));
    await insertNodes(created.flatMap(({ nodes }) => nodes), tx, this.database.dialect);
    const createdAtMs = Date.now();
    await putProperties(created.flatMap((one) => one.properties(createdAtMs)), tx, this.database.dialect);
    await bulkInsert(tx, this.database.dialect, {
      table: 'jcr_asset',
      columns: ['path', 'node_id', 'content_id', 'metadata_id', 'renditions_id', 'resource_id', 'sha256', 'size', 'version', 'created_at', 'content_fragment'],
      rows: created.map(({ asset, ids: own }): SqlValue[] => [
        asset.path, own.node, own.content, own.metadata, own.renditions, own.resource,
        asset.blob.sha256, asset.blob.sizeBytes, 1, createdAtMs, 0,
      ]),
    });
  }

  private async update(asset: NewAsset, row: IndexRow | undefined, tx: Tx): Promise<void> {
    if (!row) return;
    // The row that locks the asset comes first, as in `lock` and `apply`: the other way round they deadlock.
    await tx.execute('UPDATE jcr_asset SET sha256 = ?, size = ?, version = version + 1 WHERE path = ?', [
      asset.blob.sha256,
      asset.blob.sizeBytes,
      asset.path,
    ]);
    const { content, metadata, resource } = uploadedProperties(asset);
    await putProperties(
      [
        { nodeId: Number(row.content_id), properties: content },
        { nodeId: Number(row.metadata_id), properties: metadata },
        { nodeId: Number(row.resource_id), properties: resource },
      ],
      tx,
      this.database.dialect,
    );
  }

  private async index(paths: readonly string[], tx: Tx): Promise<Map<string, IndexRow>> {
    const rows = await selectIn<IndexRow>(
      tx,
      this.database.dialect,
      'SELECT path, node_id, content_id, metadata_id, renditions_id, resource_id, sha256 FROM jcr_asset WHERE $IN',
      'path',
      paths,
    );
    return new Map(rows.map((row) => [row.path, row]));
  }

  private async block(count: number, tx: Tx): Promise<IdBlock> {
    return new IdBlock(await takeIds(tx, this.database.dialect, 'jcr_node', count));
  }
}

/** Properties of an earlier run that this one does not have. */
function withoutWritten({ nodeId, properties, managed }: { nodeId: number; properties: readonly JcrProperty[]; managed: readonly string[] }) {
  return { nodeId, names: managed.filter((name) => !properties.some((property) => property.name === name)) };
}

/** The nodes of one new asset, original and metadata included. */
function newAsset(asset: NewAsset, block: IdBlock, folderIds: ReadonlyMap<string, number>) {
  const ids = {
    node: block.take(),
    content: block.take(),
    metadata: block.take(),
    renditions: block.take(),
    original: block.take(),
    resource: block.take(),
  };
  const parent = asset.path.slice(0, asset.path.lastIndexOf('/'));
  const content = `${asset.path}/jcr:content`;
  const node = (id: number, parentId: number | null, path: string, primaryType: string, position: number): NewNode => ({ id, parentId, path, primaryType, position });
  const nodes = [
    node(ids.node, folderIds.get(parent) ?? null, asset.path, 'dam:Asset', ids.node),
    node(ids.content, ids.node, content, 'dam:AssetContent', 0),
    node(ids.metadata, ids.content, `${content}/metadata`, 'nt:unstructured', 0),
    node(ids.renditions, ids.content, `${content}/renditions`, 'nt:folder', 1),
    node(ids.original, ids.renditions, `${content}/renditions/original`, 'nt:file', 0),
    node(ids.resource, ids.original, `${content}/renditions/original/jcr:content`, 'nt:resource', 0),
  ];
  const uploaded = uploadedProperties(asset);
  const properties = (createdAtMs: number) => [
    { nodeId: ids.node, properties: assetNodeProperties(asset, randomUUID(), createdAtMs) },
    { nodeId: ids.content, properties: uploaded.content },
    { nodeId: ids.metadata, properties: uploaded.metadata },
    { nodeId: ids.original, properties: [{ name: 'jcr:created', type: 'DATE' as const, value: jcrDate(createdAtMs) }] },
    { nodeId: ids.resource, properties: uploaded.resource },
  ];
  return { asset, ids, nodes, properties };
}
