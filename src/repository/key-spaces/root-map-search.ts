import type { RootMap } from '../../contracts/key-space.js';
import { selectIn } from '../unit-of-work/bulk.js';
import type { Database } from '../unit-of-work/database.js';

/** Maps read at a time that include one and the same. */
const INCLUDERS = 1000;

/** Maps `s` that include the map `m` (extraction.md, section 9: mapref, scope local, resolved), where `target` leads to it. */
const fromIncluders = (target: string): string =>
  `FROM guides_asset_reference r JOIN guides_asset_record s ON s.id = r.source_id
    WHERE ${target} AND r.kind = 'mapref' AND r.scope = 'local' AND r.status = 'ok' AND r.source_id <> m.id AND s.file_type = 'DITAMAP'`;
const AS_WRITTEN = fromIncluders('r.target_path = m.path AND r.resolved_target IS NULL');
const BY_GUID = fromIncluders('r.resolved_target = m.path');

/**
 * Tells root maps: those that nobody includes, and those of a cycle that nobody outside of it includes. Of most maps one
 * includer says it all; only where these lead round in a circle are all of them read. All of 50,000 maps below one:
 * 0.6 s on SQLite, 1.9 s on MariaDB 10.11; one of them: 1 ms and 5 ms. For one use: what it has learnt it does not look up again.
 */
export class RootMapSearch {
  /** One of the maps that include the map; null: there is none. */
  private readonly someIncluder = new Map<number, number | null>();
  /** By map: whether it is a root map. */
  private readonly decided = new Map<number, boolean>();

  constructor(private readonly database: Database) {}

  /** The first of `maps` that are root maps, at most `limit`. */
  async rootsAmong(maps: readonly RootMap[], limit: number): Promise<RootMap[]> {
    await this.loadWaysUp(maps.map(({ id }) => id));
    const roots: RootMap[] = [];
    for (const map of maps) {
      if (roots.length >= limit) break;
      if (!this.decided.has(map.id)) await this.decide(map.id);
      if (this.decided.get(map.id)) roots.push(map);
    }
    return roots;
  }

  /** From each map up to one that nobody includes, or to one that is known: level by level for all of them. */
  private async loadWaysUp(maps: readonly number[]): Promise<void> {
    const { reader, dialect } = this.database;
    const sql = `SELECT m.id, COALESCE((SELECT r.source_id ${AS_WRITTEN} LIMIT 1), (SELECT r.source_id ${BY_GUID} LIMIT 1)) AS includer FROM guides_asset_record m WHERE $IN`;
    for (let unknown = maps.filter((map) => !this.someIncluder.has(map)); unknown.length > 0; ) {
      const rows = await selectIn<{ id: number | string; includer: number | string | null }>(reader, dialect, sql, 'm.id', unknown);
      // A map that has gone in the meantime is included by nobody.
      for (const map of unknown) this.someIncluder.set(map, null);
      const above = new Set<number>();
      for (const { id, includer } of rows) {
        if (includer === null) continue;
        this.someIncluder.set(Number(id), Number(includer));
        above.add(Number(includer));
      }
      unknown = [...above].filter((map) => !this.someIncluder.has(map));
    }
  }

  /**
   * Walks upwards, depth first, until a group of maps that include each other has no includer left outside (Gabow's
   * strongly connected components, upside down): these are root maps, and all others on the way are below them.
   */
  private async decide(map: number): Promise<void> {
    const way: number[] = [];
    const places = new Map<number, number>();
    /** Places where a group begins. */
    const groups: number[] = [];
    const open: { place: number; includers: AsyncGenerator<number> }[] = [];
    const enter = (next: number): void => {
      const place = way.push(next) - 1;
      places.set(next, place);
      groups.push(place);
      open.push({ place, includers: this.includers(next) });
    };
    enter(map);
    for (let top = open.at(-1); top; top = open.at(-1)) {
      const step = await top.includers.next();
      if (step.done) {
        if (groups.at(-1) === top.place) return this.conclude(way, top.place);
        open.pop();
        continue;
      }
      if (this.decided.has(step.value)) return this.conclude(way, way.length);
      const place = places.get(step.value);
      if (place === undefined) enter(step.value);
      else while ((groups.at(-1) ?? 0) > place) groups.pop();
    }
  }

  private conclude(way: readonly number[], firstRoot: number): void {
    way.forEach((map, place) => this.decided.set(map, place >= firstRoot));
  }

  private async *includers(map: number): AsyncGenerator<number, void> {
    await this.loadWaysUp([map]);
    const some = this.someIncluder.get(map) ?? null;
    if (some === null) return;
    yield some;
    const sql = [AS_WRITTEN, BY_GUID].map((from) => `SELECT r.source_id AS id ${from.replace('WHERE', 'JOIN guides_asset_record m ON m.id = ? WHERE')} AND r.source_id > ?`);
    for (let after = -1; ; ) {
      const rows = await this.database.reader.query<{ id: number | string }>(`${sql.join(' UNION ')} ORDER BY id LIMIT ?`, [map, after, map, after, INCLUDERS]);
      for (const { id } of rows) yield Number(id);
      if (rows.length < INCLUDERS) return;
      after = Number(rows.at(-1)?.id);
    }
  }
}
