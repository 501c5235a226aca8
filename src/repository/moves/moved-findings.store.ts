import type { ReferenceStatus } from '../../contracts/asset.js';
import { subtreeRanges } from '../../contracts/key-range.js';
import { MOVED_SINCE, type MovedFindings, type ReferenceResolver } from '../../contracts/moved-findings.js';
import { guidStem, mustBeLookedUp } from '../../contracts/reference-rules.js';
import type { Tx } from '../../contracts/unit-of-work.js';
import { keyRangeSql } from '../key-range-sql.js';
import { movedPathSql, type SqlPart, subtreeSql } from '../moved-path.js';
import { LOOKED_UP, NOT_TO_ITSELF, REOPENED_STATUS } from '../references/reference-graph.store.js';
import { bulkInsert, inList, type SqlValue } from '../unit-of-work/bulk.js';
import type { Database } from '../unit-of-work/database.js';
import { retargeted } from './retargeted.js';

/** Sources, or GUID names, looked at together. */
const PAGE = 250;
/** References in memory at a time: a single map may have a million. */
const REFERENCES = 20_000;

const CHANGED = ['target_path', 'guid_stem', 'resolved_target', 'status'] as const;

interface ReferenceRow {
  source_id: number | string;
  ordinal: number | string;
  raw: string;
  scope: string | null;
  target_path: string | null;
  status: string | null;
}

/** Set-based where SQL can tell; what moved files themselves refer to is read a portion at a time. */
export class SqlMovedFindings implements MovedFindings {
  constructor(
    private readonly database: Database,
    private readonly resolve: ReferenceResolver,
  ) {}

  async move(from: string, to: string, tx: Tx): Promise<void> {
    for (const place of [from, to]) {
      await this.reopen(subtreeSql('r.target_path', place), tx);
      await this.reopen(subtreeSql('r.resolved_target', place), tx);
    }
    await this.reopenByGuid(from, tx);
    await this.moveRecords(from, to, tx);
    await this.retarget(from, to, tx);
    // An asset that was renamed has another GUID name now; below a folder the names are the same.
    await this.reopenByGuid(to, tx);
    await this.keySpacesChanged(to, tx);
  }

  private async moveRecords(from: string, to: string, tx: Tx): Promise<void> {
    const path = movedPathSql(this.database.dialect, 'path', from, to);
    const whole = subtreeSql('path', from);
    await tx.execute(`UPDATE guides_asset_record SET path = ${path.sql}, pipeline_version = ? WHERE ${whole.sql}`, [
      ...path.parameters,
      MOVED_SINCE,
      ...whole.parameters,
    ]);
    await tx.execute('UPDATE guides_asset_record SET guid_stem = ? WHERE path = ?', [guidStem(to), to]);
  }

  /** References that fulfil the condition on `r` are to be looked up again: their sources are queued. */
  private async reopen({ sql, parameters }: SqlPart, tx: Tx): Promise<void> {
    const isSettled = `${sql} AND ${LOOKED_UP} AND ${NOT_TO_ITSELF}`;
    await tx.execute(
      `${this.database.dialect.insertIgnore} guides_reference_queue (source_id) SELECT DISTINCT r.source_id FROM guides_asset_reference r WHERE ${isSettled}`,
      parameters,
    );
    await tx.execute(`UPDATE guides_asset_reference AS r SET status = ${REOPENED_STATUS}, resolved_target = NULL WHERE ${isSettled}`, parameters);
  }

  /** What names an asset at or below `root` by a GUID may lead somewhere else now (extraction.md, section 8.9). */
  private async reopenByGuid(root: string, tx: Tx): Promise<void> {
    const sql = 'SELECT path, guid_stem FROM guides_asset_record WHERE guid_stem IS NOT NULL AND';
    for await (const rows of this.pages<{ path: string; guid_stem: string }>(sql, root, tx)) {
      await this.reopen(inList(this.database.dialect, 'r.guid_stem', rows.map((row) => row.guid_stem)), tx);
    }
  }

  /** Holds the references of all sources at and below `to` against their new place. */
  private async retarget(from: string, to: string, tx: Tx): Promise<void> {
    const sql = 'SELECT id, path FROM guides_asset_record WHERE';
    for await (const sources of this.pages<{ id: number | string; path: string }>(sql, to, tx)) {
      const newPaths = new Map(sources.map(({ id, path }) => [Number(id), path]));
      for await (const portion of this.located([...newPaths.keys()], tx)) {
        await this.retargetPortion(portion, (id) => newPaths.get(id) ?? '', (path) => from + path.slice(to.length), tx);
      }
    }
  }

  /** Walks what `select`, which ends before the condition on the path, finds at and below `root`, a page at a time. */
  private async *pages<R extends { path: string }>(select: string, root: string, tx: Tx): AsyncGenerator<R[]> {
    for (const range of subtreeRanges(root)) {
      for (let after: string | null = null; ; ) {
        const { where, parameters } = keyRangeSql('path', range, after);
        const rows: R[] = await tx.query<R>(`${select} ${where} ORDER BY path LIMIT ?`, [...parameters, PAGE]);
        if (rows.length > 0) yield rows;
        after = rows.at(-1)?.path ?? null;
        if (rows.length < PAGE) break;
      }
    }
  }

  private async retargetPortion(rows: readonly ReferenceRow[], newPath: (id: number) => string, oldPath: (path: string) => string, tx: Tx): Promise<void> {
    const undecided = new Set<number>();
    const changed = rows.flatMap((row): SqlValue[][] => {
      const path = newPath(Number(row.source_id));
      const reference = { raw: row.raw, scope: row.scope, target: row.target_path, status: row.status as ReferenceStatus | null };
      const found = retargeted(reference, oldPath(path), path, this.resolve);
      if (!found) return [];
      if (mustBeLookedUp(found)) undecided.add(Number(row.source_id));
      return [[row.source_id, row.ordinal, '', '', '', '', 0, found.target, found.target === null ? null : guidStem(found.target), null, found.status]];
    });
    await bulkInsert(tx, this.database.dialect, {
      table: 'guides_asset_reference',
      // The rows exist: the columns before the changed ones only satisfy the INSERT that the upsert begins with.
      columns: ['source_id', 'ordinal', 'kind', 'element', 'attribute', 'raw', 'line', ...CHANGED],
      rows: changed,
      conflict: { keys: ['source_id', 'ordinal'], updated: CHANGED },
    });
    await bulkInsert(tx, this.database.dialect, {
      table: 'guides_reference_queue',
      columns: ['source_id'],
      rows: [...undecided].map((id) => [id]),
      ignoreExisting: true,
    });
  }

  /** References of these sources that lead, or might lead, to a place in the repository. */
  private async *located(sourceIds: readonly number[], tx: Tx): AsyncGenerator<ReferenceRow[]> {
    let left = [...sourceIds].sort((a, b) => a - b);
    for (let ordinal = -1; left.length > 0; ) {
      const { sql, parameters } = inList(this.database.dialect, 'source_id', left);
      const rows: ReferenceRow[] = await tx.query(
        `SELECT source_id, ordinal, raw, scope, target_path, status FROM guides_asset_reference
          WHERE ${sql} AND (source_id > ? OR ordinal > ?) AND (target_path IS NOT NULL OR status IN ('outside-root', 'missing-file', 'peer', 'copy-to', 'keyed'))
          ORDER BY source_id, ordinal LIMIT ?`,
        [...parameters, left[0], ordinal, REFERENCES],
      );
      yield rows;
      const last = rows.at(-1);
      if (!last || rows.length < REFERENCES) return;
      ordinal = Number(last.ordinal);
      left = left.filter((id) => id >= Number(last.source_id));
    }
  }

  /** Key spaces with a moved map, or with a map whose references are undecided, are renewed when they are asked for. */
  private async keySpacesChanged(to: string, tx: Tx): Promise<void> {
    const moved = subtreeSql('a.path', to);
    await tx.execute(
      `UPDATE guides_key_space SET is_fresh = 0 WHERE root_id IN
        (SELECT k.root_id FROM guides_key_space_map k JOIN guides_asset_record a ON a.id = k.map_id WHERE ${moved.sql})`,
      moved.parameters,
    );
    await tx.execute(
      `UPDATE guides_key_space SET is_fresh = 0 WHERE root_id IN
        (SELECT k.root_id FROM guides_key_space_map k JOIN guides_reference_queue q ON q.source_id = k.map_id)`,
    );
  }
}
