import { BROKEN_STATUSES, type Reference, type ReferenceStatus } from '../../contracts/asset.js';
import type { KeyRange } from '../../contracts/key-range.js';
import type { ReferencedPlace, ReferenceGraph, ResolvedReference, StoredReference, UnresolvedReference } from '../../contracts/asset-records.js';
import { guidStem, mustBeLookedUp, OUTSIDE_MARK, TARGET_ONLY_STATUSES } from '../../contracts/reference-rules.js';
import type { Tx } from '../../contracts/unit-of-work.js';
import { keyRangeSql } from '../key-range-sql.js';
import { bulkInsert, bulkUpdate, executeIn, selectIn, type SqlValue } from '../unit-of-work/bulk.js';
import type { Database } from '../unit-of-work/database.js';

interface ReferenceRow {
  source_id: number | string;
  ordinal: number | string;
  kind: string;
  element: string;
  attribute: string;
  raw: string;
  scope: string | null;
  format: string | null;
  target_path: string | null;
  resolved_target: string | null;
  fragment: string | null;
  status: string | null;
  ref_key: string | null;
  key_element: string | null;
  defaulted: string | null;
  line: number | string;
}

interface SourcedRow extends ReferenceRow {
  source_path: string;
}

/** A reference that was looked up, or one that must be again. */
type Decision = Omit<ResolvedReference, 'status'> & { status: ReferenceStatus | null };

const COLUMNS = [
  'source_id',
  'ordinal',
  'kind',
  'element',
  'attribute',
  'raw',
  'scope',
  'format',
  'target_path',
  'guid_stem',
  'fragment',
  'status',
  'ref_key',
  'key_element',
  'defaulted',
  'line',
] as const;

/** Statuses that follow from the reference itself, whatever stands at its target. */
const FIXED = "('external', 'key', 'keyed', 'copy-to', 'empty')";

/** Of a reference: its status is fixed, but its GUID name may lead elsewhere (`TARGET_ONLY_STATUSES`). */
const NAMES_GUID = "(guid_stem IS NOT NULL AND status IN ('copy-to', 'keyed'))";

/** Of a reference: the reference phase looks it up. On SQLite the condition of an index, and to be written as there. */
const TO_BE_LOOKED_UP = `(status IS NULL OR ${NAMES_GUID})`;

/** Of a reference: it was looked up, and must be again when something changes at its target. */
export const LOOKED_UP = `((status IS NOT NULL AND status NOT IN ${FIXED}) OR ${NAMES_GUID})`;

/** The status of a reference that is to be looked up again. */
export const REOPENED_STATUS = `CASE WHEN ${NAMES_GUID} THEN status ELSE NULL END`;

/** Something stood at the target when it was looked up. Where a GUID name led elsewhere, what stands at the written path was never asked. */
const FOUND = "status IN ('ok', 'missing-fragment', 'unverified-fragment') AND resolved_target IS NULL";

/** Of a reference `r`: it leads to another file than its own. */
export const NOT_TO_ITSELF = 'NOT EXISTS (SELECT 1 FROM guides_asset_record s WHERE s.id = r.source_id AND s.path = r.target_path)';

/**
 * Shares of the graph's lock, a row each, with ids from 1 (migration ShareGraphLock). Whoever changes what references can point at holds all
 * of them shared, and a batch of the reference phase holds one exclusively: so the two wait for each other, and neither waits for its own kind.
 * A prime number, so that batches whose ids begin at regular distances have different shares.
 */
const GRAPH_SHARES = 13;

/**
 * The reference graph: outgoing by source, incoming by an index on the target. A status that must be looked up is null
 * and its source queued; the reference phase settles it.
 */
export class SqlReferenceGraph implements ReferenceGraph {
  constructor(private readonly database: Database) {}

  async replace(sources: readonly { sourceId: number; refs: readonly Reference[] }[], tx: Tx): Promise<void> {
    await this.lockShares(tx, this.database.dialect.forShare);
    await this.removeSources(sources.map(({ sourceId }) => sourceId), tx);
    await bulkInsert(tx, this.database.dialect, {
      table: 'guides_asset_reference',
      columns: COLUMNS,
      rows: sources.flatMap(({ sourceId, refs }) => refs.map((ref, ordinal) => toRow(sourceId, ordinal, ref))),
    });
    await this.enqueue(sources.filter(({ refs }) => refs.some(mustBeLookedUp)).map(({ sourceId }) => sourceId), tx);
  }

  async targetsChanged(paths: readonly string[], tx: Tx): Promise<void> {
    if (paths.length === 0) return;
    await this.lockShares(tx, this.database.dialect.forShare);
    await this.reopen('target_path', paths, LOOKED_UP, tx);
    await this.reopen('resolved_target', paths, LOOKED_UP, tx);
    const stems = [...new Set(paths.map(guidStem).filter((stem) => stem !== null))];
    if (stems.length > 0) await this.reopen('guid_stem', stems, LOOKED_UP, tx);
  }

  /** Reads the indexes on target_path and on the records' path and nothing else, a page of them at a time. */
  async places(range: KeyRange, after: string | null, limit: number): Promise<ReferencedPlace[]> {
    const { where, parameters } = keyRangeSql('target_path', range, after);
    const rows = await this.database.reader.query<{ path: string; record_id: number | string | null }>(
      `SELECT t.target_path AS path, a.id AS record_id
        FROM (SELECT DISTINCT target_path FROM guides_asset_reference WHERE ${where} ORDER BY target_path LIMIT ?) t
        LEFT JOIN guides_asset_record a ON a.path = t.target_path ORDER BY t.target_path`,
      [...parameters, limit],
    );
    return rows.map((row) => ({ path: row.path, hasRecord: row.record_id !== null }));
  }

  async foundTargets(paths: readonly string[]): Promise<string[]> {
    const { reader, dialect } = this.database;
    const select = `SELECT DISTINCT target_path FROM guides_asset_reference${this.byTarget('target_path')} WHERE $IN AND ${FOUND}`;
    return (await selectIn<{ target_path: string }>(reader, dialect, select, 'target_path', paths)).map((row) => row.target_path);
  }

  async targetsGone(paths: readonly string[], tx: Tx): Promise<void> {
    if (paths.length === 0) return;
    await this.lockShares(tx, this.database.dialect.forShare);
    await this.reopen('target_path', paths, FOUND, tx);
  }

  async queuedSources(after: number, limit: number): Promise<number[]> {
    const rows = await this.database.reader.query<{ source_id: number | string }>(
      'SELECT source_id FROM guides_reference_queue WHERE source_id > ? ORDER BY source_id LIMIT ?',
      [after, limit],
    );
    return rows.map((row) => Number(row.source_id));
  }

  async unresolved(fromId: number, toId: number, tx: Tx): Promise<UnresolvedReference[]> {
    await this.lockShares(tx, this.database.dialect.forUpdate, (fromId % GRAPH_SHARES) + 1);
    const rows = await tx.query<ReferenceRow>(
      `SELECT r.source_id, r.ordinal, r.kind, r.format, r.scope, r.target_path, r.fragment, r.status FROM guides_reference_queue q
        JOIN guides_asset_reference r ON r.source_id = q.source_id
        WHERE q.source_id BETWEEN ? AND ? AND ${TO_BE_LOOKED_UP}`,
      [fromId, toId],
    );
    return rows.map((row) => ({
      sourceId: Number(row.source_id),
      ordinal: Number(row.ordinal),
      kind: row.kind,
      format: row.format,
      scope: row.scope,
      target: row.target_path,
      fragment: row.fragment,
      fixedStatus: row.status as ReferenceStatus | null,
    }));
  }

  async settle(fromId: number, toId: number, resolved: readonly ResolvedReference[], tx: Tx): Promise<void> {
    const sourceIds = [...new Set(resolved.map(({ sourceId }) => sourceId))];
    await this.keySpacesChanged(sourceIds, tx);
    // Row by row what is not as most are, and then in one go what is still open: by key, as of a large job the index of the
    // statuses has millions that are.
    const common = mostCommonStatus(resolved);
    await this.decide(resolved.filter(({ status, resolvedTarget }) => status !== common || resolvedTarget !== null), tx);
    const { dialect } = this.database;
    const update = `UPDATE guides_asset_reference${dialect.byPrimaryKey} SET status = ? WHERE $IN AND status IS NULL`;
    if (common !== null) await executeIn(tx, dialect, update, 'source_id', sourceIds, [common]);
    await tx.execute('DELETE FROM guides_reference_queue WHERE source_id BETWEEN ? AND ?', [fromId, toId]);
  }

  async holdTargets(tx: Tx): Promise<void> {
    await this.lockShares(tx, this.database.dialect.forUpdate);
  }

  async outgoing(sourceIds: readonly number[], tx?: Tx): Promise<Map<number, Reference[]>> {
    const rows = await selectIn<ReferenceRow>(
      tx ?? this.database.reader,
      this.database.dialect,
      'SELECT * FROM guides_asset_reference WHERE $IN ORDER BY source_id, ordinal',
      'source_id',
      sourceIds,
    );
    const bySource = new Map<number, Reference[]>();
    for (const row of rows) {
      const source = Number(row.source_id);
      const refs = bySource.get(source);
      if (refs) refs.push(toReference(row));
      else bySource.set(source, [toReference(row)]);
    }
    return bySource;
  }

  async incoming(path: string, after: { sourceId: number; ordinal: number } | null, limit: number): Promise<StoredReference[]> {
    const { sourceId, ordinal } = after ?? { sourceId: -1, ordinal: -1 };
    const rows = await this.database.reader.query<SourcedRow>(
      `SELECT r.*, a.path AS source_path FROM guides_asset_reference r JOIN guides_asset_record a ON a.id = r.source_id
        WHERE ((r.target_path = ? AND r.resolved_target IS NULL) OR r.resolved_target = ?)
          AND (r.source_id > ? OR (r.source_id = ? AND r.ordinal > ?))
        ORDER BY r.source_id, r.ordinal LIMIT ?`,
      [path, path, sourceId, sourceId, ordinal, limit],
    );
    return rows.map(toStored);
  }

  async broken(range: KeyRange, after: { path: string; ordinal: number } | null, limit: number): Promise<StoredReference[]> {
    // The rest of the page's last asset first, then what comes behind it.
    const { where, parameters } = keyRangeSql('a.path', range, after?.path ?? null);
    const statuses = BROKEN_STATUSES.map((status) => `'${status}'`).join(', ');
    const rows = await this.database.reader.query<SourcedRow>(
      `SELECT r.*, a.path AS source_path FROM guides_asset_reference r JOIN guides_asset_record a ON a.id = r.source_id
        WHERE r.status IN (${statuses}) AND ((${where}) OR (a.path = ? AND r.ordinal > ?))
        ORDER BY a.path, r.ordinal LIMIT ?`,
      [...parameters, after?.path ?? '', after?.ordinal ?? 0, limit],
    );
    return rows.map(toStored);
  }

  async removeSources(sourceIds: readonly number[], tx: Tx): Promise<void> {
    await this.keySpacesChanged(sourceIds, tx);
    await executeIn(tx, this.database.dialect, 'DELETE FROM guides_asset_reference WHERE $IN', 'source_id', sourceIds);
  }

  private async reopen(column: 'target_path' | 'resolved_target' | 'guid_stem', values: readonly string[], condition: string, tx: Tx): Promise<void> {
    // Found first, then updated by key: most assets have no settled reference that points to them. What a file says of itself
    // was decided while it was read, with its topics in sight, and is decided anew when it changes.
    const rows = await selectIn<Pick<ReferenceRow, 'source_id' | 'ordinal' | 'status'>>(
      tx,
      this.database.dialect,
      `SELECT source_id, ordinal, status FROM guides_asset_reference r${this.byTarget(column)} WHERE $IN AND ${condition} AND ${NOT_TO_ITSELF}`,
      column,
      values,
    );
    const reopened = rows.map((row): Decision => {
      const status = row.status as ReferenceStatus | null;
      return { sourceId: Number(row.source_id), ordinal: Number(row.ordinal), status: TARGET_ONLY_STATUSES.includes(status) ? status : null, resolvedTarget: null };
    });
    await this.decide(reopened, tx);
    const sourceIds = [...new Set(reopened.map(({ sourceId }) => sourceId))];
    await this.keySpacesChanged(sourceIds, tx);
    await this.enqueue(sourceIds, tx);
  }

  /** By its statistics, a server would rather read all references of some status than look up hundreds of targets. */
  private byTarget(column: 'target_path' | 'resolved_target' | 'guid_stem'): string {
    return this.database.dialect.isSqlite ? '' : this.database.dialect.forceIndex(`guides_asset_reference_${column}`);
  }

  private async decide(references: readonly Decision[], tx: Tx): Promise<void> {
    await bulkUpdate(tx, this.database.dialect, {
      table: 'guides_asset_reference',
      keys: ['source_id', 'ordinal'],
      updated: ['status', 'resolved_target'],
      rows: references.map(({ sourceId, ordinal, status, resolvedTarget }) => [sourceId, ordinal, status, resolvedTarget]),
    });
  }

  /** Whatever becomes of a map's references becomes of the keys it defines: the key spaces with it are renewed when asked for. */
  private async keySpacesChanged(sourceIds: readonly number[], tx: Tx): Promise<void> {
    const { dialect } = this.database;
    const select = 'SELECT DISTINCT root_id FROM guides_key_space_map WHERE $IN';
    const rows = await selectIn<{ root_id: number | string }>(tx, dialect, select, 'map_id', sourceIds);
    const rootIds = rows.map((row) => Number(row.root_id));
    await executeIn(tx, dialect, 'UPDATE guides_key_space SET is_fresh = 0 WHERE $IN', 'root_id', rootIds);
  }

  private async enqueue(sourceIds: readonly number[], tx: Tx): Promise<void> {
    await bulkInsert(tx, this.database.dialect, {
      table: 'guides_reference_queue',
      columns: ['source_id'],
      rows: sourceIds.map((id) => [id]),
      ignoreExisting: true,
    });
  }

  /** @param lock of the dialect: shared or exclusive. @param only the id of one share, else all. */
  private async lockShares(tx: Tx, lock: string, only: number | null = null): Promise<void> {
    if (this.database.dialect.isSqlite) return;
    const where = only === null ? '' : ' WHERE id = ?';
    await tx.query(`SELECT id FROM guides_graph_share${where} ORDER BY id${lock}`, only === null ? [] : [only]);
  }
}

/** Of references that were open and of which nothing but the status is to be written. */
function mostCommonStatus(resolved: readonly ResolvedReference[]): ReferenceStatus | null {
  const counts = new Map<ReferenceStatus, number>();
  for (const { status, resolvedTarget } of resolved) {
    if (resolvedTarget === null && !TARGET_ONLY_STATUSES.includes(status)) counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? null;
}

function toRow(sourceId: number, ordinal: number, ref: Reference): SqlValue[] {
  return [
    sourceId,
    ordinal,
    ref.kind,
    ref.element,
    ref.attribute,
    ref.raw,
    ref.scope,
    ref.format,
    ref.target,
    ref.target === null ? null : guidStem(ref.target),
    ref.fragment,
    ref.status,
    ref.key,
    ref.keyElement,
    ref.defaulted.length > 0 ? JSON.stringify(ref.defaulted) : null,
    ref.line,
  ];
}

function toStored(row: SourcedRow): StoredReference {
  return { ...toReference(row), sourcePath: row.source_path, sourceId: Number(row.source_id), ordinal: Number(row.ordinal) };
}

function toReference(row: ReferenceRow): Reference {
  return {
    kind: row.kind,
    element: row.element,
    attribute: row.attribute,
    raw: row.raw,
    scope: row.scope,
    format: row.format,
    target: row.resolved_target ?? (row.target_path?.startsWith(OUTSIDE_MARK) ? null : row.target_path),
    fragment: row.fragment,
    status: row.status as ReferenceStatus | null,
    key: row.ref_key,
    keyElement: row.key_element,
    defaulted: row.defaulted === null ? [] : (JSON.parse(row.defaulted) as string[]),
    line: Number(row.line),
  };
}
