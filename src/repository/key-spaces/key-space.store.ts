import type { BuiltKeySpace, KeyBinding, KeyScopeInfo, KeySpaceStore, RootMap, StoredKey } from '../../contracts/key-space.js';
import type { KeyRange } from '../../contracts/key-range.js';
import type { Tx } from '../../contracts/unit-of-work.js';
import { keyRangeSql } from '../key-range-sql.js';
import { bulkInsert, executeIn, selectIn } from '../unit-of-work/bulk.js';
import type { Database } from '../unit-of-work/database.js';
import { RootMapSearch } from './root-map-search.js';
import { writeDifference } from './row-difference.js';
import { scopeHashes } from './scope-hash.js';

/** Longest name of a key that is stored, in bytes of UTF-8; a longer one is in reports only. */
const MAX_NAME_BYTES = 2048;

/** Maps looked at together, of which some are root maps. */
const PORTION = 100;

/** Key spaces of root maps as rows; only the rows that differ are written when a map of the tree has changed. */
export class SqlKeySpaceStore implements KeySpaceStore {
  constructor(private readonly database: Database) {}

  async rootMaps(range: KeyRange, after: string | null, limit: number): Promise<RootMap[]> {
    const search = new RootMapSearch(this.database);
    const found: RootMap[] = [];
    for (let from = after; ; ) {
      const maps = await this.maps(range, from);
      found.push(...(await search.rootsAmong(maps, limit - found.length)));
      if (found.length >= limit || maps.length < PORTION) return found;
      from = maps.at(-1)?.path ?? null;
    }
  }

  async isFresh(rootId: number, tx?: Tx): Promise<boolean> {
    const lock = tx ? this.database.dialect.forUpdate : '';
    const db = tx ?? this.database.reader;
    const rows = await db.query(`SELECT root_id FROM guides_key_space WHERE root_id = ? AND is_fresh = 1${lock}`, [rootId]);
    return rows.length > 0;
  }

  async save(rootId: number, built: BuiltKeySpace, tx: Tx): Promise<{ written: number; removed: number }> {
    const { dialect } = this.database;
    await bulkInsert(tx, dialect, {
      table: 'guides_key_space',
      columns: ['root_id', 'is_fresh', 'is_complete'],
      rows: [[rootId, 1, built.isComplete ? 1 : 0]],
      conflict: { keys: ['root_id'], updated: ['is_fresh', 'is_complete'] },
    });
    await this.saveMaps(rootId, built.maps, tx);
    const hashes = scopeHashes(built.scopes);
    await writeDifference(tx, dialect, {
      table: 'guides_key_scope',
      rootId,
      keys: ['scope'],
      value: 'info',
      rows: built.scopes.map((scope) => [[hashes.get(scope.id) ?? ''], JSON.stringify(scope)]),
    });
    return writeDifference(tx, dialect, { table: 'guides_key', rootId, keys: ['name', 'scope'], value: 'binding', rows: keyRows(built, hashes) });
  }

  async remove(rootIds: readonly number[], tx: Tx): Promise<void> {
    for (const table of ['guides_key', 'guides_key_scope', 'guides_key_space_map', 'guides_key_space']) {
      await executeIn(tx, this.database.dialect, `DELETE FROM ${table} WHERE $IN`, 'root_id', rootIds);
    }
  }

  async find(rootId: number, key: string): Promise<StoredKey[]> {
    const rows = await this.database.reader.query<{ binding: string; info: string }>(
      `SELECT k.binding, s.info FROM guides_key k JOIN guides_key_scope s ON s.root_id = k.root_id AND s.scope = k.scope
        WHERE k.root_id = ? AND k.name = ?`,
      [rootId, key],
    );
    const found = rows.map(({ binding, info }) => ({ scope: JSON.parse(info) as KeyScopeInfo, binding: JSON.parse(binding) as KeyBinding }));
    return found.sort((a, b) => a.scope.id - b.scope.id);
  }

  /** Maps in path order, root maps or not. */
  private async maps(range: KeyRange, after: string | null): Promise<RootMap[]> {
    const { where, parameters } = keyRangeSql('path', range, after);
    const rows = await this.database.reader.query<{ id: number | string; path: string }>(
      `SELECT id, path FROM guides_asset_record WHERE ${where} AND file_type = 'DITAMAP' ORDER BY path LIMIT ?`,
      [...parameters, PORTION],
    );
    return rows.map(({ id, path }) => ({ id: Number(id), path }));
  }

  /** Ids of maps: a row for each that exists, so that its changes make this key space stale. */
  private async saveMaps(rootId: number, paths: readonly string[], tx: Tx): Promise<void> {
    const { dialect } = this.database;
    const rows = await selectIn<{ id: number | string }>(tx, dialect, 'SELECT id FROM guides_asset_record WHERE $IN', 'path', paths);
    const ids = new Set([rootId, ...rows.map(({ id }) => Number(id))]);
    await tx.execute('DELETE FROM guides_key_space_map WHERE root_id = ?', [rootId]);
    await bulkInsert(tx, dialect, {
      table: 'guides_key_space_map',
      columns: ['map_id', 'root_id'],
      rows: [...ids].sort((a, b) => a - b).map((id) => [id, rootId]),
    });
  }
}

function* keyRows(built: BuiltKeySpace, hashes: ReadonlyMap<number, string>): Generator<[keys: string[], value: string]> {
  for (const { id } of built.scopes) {
    for (const [name, binding] of built.ownKeys(id)) {
      if (Buffer.byteLength(name) <= MAX_NAME_BYTES) yield [[name, hashes.get(id) ?? ''], JSON.stringify(binding)];
    }
  }
}
