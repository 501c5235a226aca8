import type { AssetRef } from '../contracts/asset.js';
import type { AssetFilter, LoadedAsset } from '../contracts/asset-repository.js';
import type { BlobStore } from '../contracts/blob-store.js';
import type { KeyRange } from '../contracts/key-range.js';
import type { Tx } from '../contracts/unit-of-work.js';
import { keyRangeSql } from './key-range-sql.js';
import { selectIn } from './unit-of-work/bulk.js';
import type { Database } from './unit-of-work/database.js';

interface AssetRow {
  path: string;
  size: number | string;
  sha256: string;
  version: number | string;
  created_at: number | string;
}

/**
 * What the tables of both providers have in common: one row per asset with path, size, sha256, version and
 * created_at. Walks are index range scans; nothing uses OFFSET.
 */
export class AssetRows {
  constructor(
    private readonly database: Database,
    private readonly table: 'jcr_asset' | 'guides_asset',
    /** Further condition on assets that are processed at all. */
    private readonly processable: string,
    private readonly blobs: BlobStore,
  ) {}

  async scan(range: KeyRange, filter: AssetFilter, after: string | null, limit: number): Promise<AssetRef[]> {
    const { where, parameters } = this.condition(range, filter, after);
    const rows = await this.database.reader.query<AssetRow>(
      `SELECT path, size, sha256, version, created_at FROM ${this.table} WHERE ${where} ORDER BY path LIMIT ?`,
      [...parameters, limit],
    );
    return rows.map(toRef);
  }

  async count(range: KeyRange, filter: AssetFilter): Promise<number> {
    const { where, parameters } = this.condition(range, filter, null);
    const [row] = await this.database.reader.query<{ n: number | string }>(
      `SELECT COUNT(*) AS n FROM ${this.table} WHERE ${where}`,
      parameters,
    );
    return Number(row?.n ?? 0);
  }

  /** Reads the index on path and nothing else. */
  async existing(paths: readonly string[]): Promise<Set<string>> {
    const rows = await selectIn<{ path: string }>(this.database.reader, this.database.dialect, `SELECT path FROM ${this.table} WHERE $IN`, 'path', paths);
    return new Set(rows.map((row) => row.path));
  }

  /** The first `maxBytes` of each; those whose row or bytes are gone are left out. */
  async load(refs: readonly AssetRef[], maxBytes: number): Promise<LoadedAsset[]> {
    const blobs = await this.blobs.read(
      refs.map((ref) => ({ sha256: ref.sha256 ?? '', sizeBytes: ref.sizeBytes })),
      maxBytes,
    );
    return refs.flatMap((ref, i) => {
      const bytes = blobs[i];
      return bytes ? [{ ref, bytes }] : [];
    });
  }

  async lock(refs: readonly AssetRef[], tx: Tx): Promise<string[]> {
    const { dialect } = this.database;
    const select = `SELECT path, size, sha256, version, created_at FROM ${this.table} WHERE $IN ORDER BY path${dialect.forUpdate}`;
    const rows = await selectIn<AssetRow>(tx, dialect, select, 'path', refs.map((ref) => ref.path));
    const now = new Map(rows.map((row) => [row.path, toRef(row)]));
    return refs.filter((ref) => !isSame(ref, now.get(ref.path))).map((ref) => ref.path);
  }

  private condition(range: KeyRange, filter: AssetFilter, after: string | null): { where: string; parameters: (string | number)[] } {
    const { where, parameters } = keyRangeSql('path', range, after);
    const conditions = [where, this.processable];
    const all: (string | number)[] = [...parameters];
    if (filter.createdFromMs !== undefined) {
      conditions.push('created_at >= ?');
      all.push(filter.createdFromMs);
    }
    if (filter.createdToMs !== undefined) {
      conditions.push('created_at <= ?');
      all.push(filter.createdToMs);
    }
    return { where: conditions.join(' AND '), parameters: all };
  }
}

/** Another asset may have come to the same path, by a move or after a deletion, with the same number of changes behind it. */
function isSame(known: AssetRef, now: AssetRef | undefined): boolean {
  return known.version === now?.version && (known.sha256 ?? now.sha256) === now.sha256;
}

function toRef(row: AssetRow): AssetRef {
  return {
    path: row.path,
    sizeBytes: Number(row.size),
    sha256: row.sha256,
    version: Number(row.version),
    createdAtMs: Number(row.created_at),
  };
}
