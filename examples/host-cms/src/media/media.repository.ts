import type { AssetFilter, AssetPatch, AssetRef, AssetRepository, KeyRange, LoadedAsset, NodeKind } from 'nestjs-guides-processing';
import type { DataSource } from 'typeorm';

interface MediumRow {
  path: string;
  size: number;
  sha256: string;
  version: number;
  created_at: number;
}

const COLUMNS = 'path, length(bytes) AS size, sha256, version, created_at';

/**
 * The media of the CMS as bulk processing sees them. They are in the database of the CMS and the checkpoints in that of the module, so
 * a result is stored at least once: what a crash repeats finds the same version and writes the same again.
 */
export class MediaRepository implements AssetRepository {
  readonly provider = 'cms-media';

  constructor(private readonly source: DataSource) {}

  async kindOf(path: string): Promise<NodeKind | null> {
    const [asset] = await this.source.query<unknown[]>('SELECT 1 FROM cms_medium WHERE path = ?', [path]);
    if (asset) return 'asset';
    const [below] = await this.source.query<unknown[]>('SELECT 1 FROM cms_medium WHERE path > ? AND path < ? LIMIT 1', [`${path}/`, `${path}0`]);
    return below ? 'folder' : null;
  }

  async existing(paths: readonly string[]): Promise<Set<string>> {
    const rows = await this.source.query<{ path: string }[]>('SELECT path FROM cms_medium WHERE path IN (SELECT value FROM json_each(?))', [JSON.stringify(paths)]);
    return new Set(rows.map(({ path }) => path));
  }

  /** SQLite compares text by its bytes, which is the order that is asked for. */
  async scan(range: KeyRange, filter: AssetFilter, after: string | null, limit: number): Promise<AssetRef[]> {
    const { where, parameters } = condition(range, filter);
    const rows = await this.source.query<MediumRow[]>(
      `SELECT ${COLUMNS} FROM cms_medium WHERE ${where} AND path > ? ORDER BY path LIMIT ?`,
      [...parameters, after ?? '', limit],
    );
    return rows.map(refOf);
  }

  async count(range: KeyRange, filter: AssetFilter): Promise<number> {
    const { where, parameters } = condition(range, filter);
    const [row] = await this.source.query<{ n: number }[]>(`SELECT count(*) AS n FROM cms_medium WHERE ${where}`, parameters);
    return row?.n ?? 0;
  }

  async load(refs: readonly AssetRef[], maxBytes: number): Promise<LoadedAsset[]> {
    const loaded: LoadedAsset[] = [];
    for (const ref of refs) {
      const [row] = await this.source.query<{ bytes: Buffer }[]>('SELECT substr(bytes, 1, ?) AS bytes FROM cms_medium WHERE path = ?', [maxBytes, ref.path]);
      if (row) loaded.push({ ref, bytes: Uint8Array.from(row.bytes) });
    }
    return loaded;
  }

  /** Cannot lock what is in another database: `apply` leaves alone what changes in between, and the next job finds it. */
  async lock(refs: readonly AssetRef[]): Promise<string[]> {
    const rows = await this.source.query<MediumRow[]>(`SELECT ${COLUMNS} FROM cms_medium WHERE path IN (SELECT value FROM json_each(?))`, [
      JSON.stringify(refs.map(({ path }) => path)),
    ]);
    const versions = new Map(rows.map(({ path, version }) => [path, version]));
    return refs.filter((ref) => versions.get(ref.path) !== ref.version).map(({ path }) => path);
  }

  async apply(patches: readonly AssetPatch[]): Promise<void> {
    for (const { ref, facts, outcome, uuid } of patches) {
      const { title, metadata, image } = facts;
      await this.source.query(
        'UPDATE cms_medium SET title = ?, keywords = ?, width = ?, height = ?, state = ?, guid = ? WHERE path = ? AND version = ?',
        [title, JSON.stringify(metadata.keywords), image?.widthPx ?? null, image?.heightPx ?? null, outcome, uuid, ref.path, ref.version],
      );
    }
  }
}

function condition({ from, fromInclusive, to, toInclusive }: KeyRange, { createdFromMs, createdToMs }: AssetFilter): { where: string; parameters: unknown[] } {
  return {
    where: `path ${fromInclusive ? '>=' : '>'} ? AND path ${toInclusive ? '<=' : '<'} ? AND created_at BETWEEN ? AND ?`,
    parameters: [from, to, createdFromMs ?? 0, createdToMs ?? Number.MAX_SAFE_INTEGER],
  };
}

function refOf({ path, size, sha256, version, created_at }: MediumRow): AssetRef {
  return { path, sizeBytes: size, sha256, version, createdAtMs: created_at };
}
