import type { AssetFacts, AssetOutcome, FileType } from '../../contracts/asset.js';
import type { AssetRecord, AssetRecordStore, NewAssetRecord, ProcessedState } from '../../contracts/asset-records.js';
import { comparePaths, type KeyRange } from '../../contracts/key-range.js';
import { guidStem, type ReferenceTarget } from '../../contracts/reference-rules.js';
import type { SqlExecutor, Tx } from '../../contracts/unit-of-work.js';
import { keyRangeSql } from '../key-range-sql.js';
import { bulkInsert, executeIn, inChunks, selectIn, type SqlValue } from '../unit-of-work/bulk.js';
import type { Database } from '../unit-of-work/database.js';
import { IdSequence } from '../unit-of-work/id-sequence.js';

interface RecordRow {
  id: number | string;
  path: string;
  uuid: string;
  file_type: string;
  sha256: string;
  size: number | string;
  outcome: string;
  pipeline_version: string;
  processed_at: number | string;
  facts: string;
}

interface GuidRow {
  guid: string;
  path: string;
}

interface StateRow extends Omit<RecordRow, 'facts'> {
  anchors_hash: string;
}

const RECORD_COLUMNS = 'id, path, uuid, file_type, sha256, size, outcome, pipeline_version, processed_at, facts';
/** Facts parsed in one go: more would hold up the event loop. */
const PARSED_AT_ONCE = 64;

const COLUMNS = [
  'id',
  'path',
  'uuid',
  'guid_stem',
  'file_type',
  'sha256',
  'size',
  'outcome',
  'pipeline_version',
  'processed_at',
  'anchors_hash',
  'facts',
] as const;

/** Results of processing in one table for all mounts; the unique columns make GUIDs unique over the repository. */
export class SqlAssetRecordStore implements AssetRecordStore {
  private readonly ids: IdSequence;

  constructor(private readonly database: Database) {
    this.ids = new IdSequence(database, 'asset_record');
  }

  async processedStates(paths: readonly string[], tx?: Tx): Promise<Map<string, ProcessedState>> {
    const lock = tx ? this.database.dialect.forUpdate : '';
    const rows = await selectIn<StateRow>(
      tx ?? this.database.reader,
      this.database.dialect,
      `SELECT id, path, uuid, sha256, outcome, pipeline_version, processed_at, file_type, anchors_hash FROM guides_asset_record WHERE $IN${lock}`,
      'path',
      paths,
    );
    return new Map(rows.map((row) => [row.path, toState(row)]));
  }

  async save(records: readonly NewAssetRecord[], tx: Tx): Promise<void> {
    const isKnown = await this.knownIds(records, tx);
    const insert = { table: 'guides_asset_record', columns: COLUMNS };
    const [known, added] = [records.filter(({ id }) => isKnown(id)), records.filter(({ id }) => !isKnown(id))];
    await bulkInsert(tx, this.database.dialect, { ...insert, rows: known.map(toRow), conflict: { keys: ['id'], updated: COLUMNS.slice(3) } });
    await bulkInsert(tx, this.database.dialect, { ...insert, rows: added.map(toRow) });
  }

  reserveIds(count: number): Promise<number> {
    return this.ids.reserve(count);
  }

  async page(range: KeyRange, after: string | null, limit: number): Promise<AssetRecord[]> {
    const { where, parameters } = keyRangeSql('path', range, after);
    const rows = await this.database.reader.query<RecordRow>(
      `SELECT ${RECORD_COLUMNS} FROM guides_asset_record WHERE ${where} ORDER BY path LIMIT ?`,
      [...parameters, limit],
    );
    return rows.map(toRecord);
  }

  async paths(range: KeyRange, after: string | null, limit: number): Promise<string[]> {
    const { where, parameters } = keyRangeSql('path', range, after);
    const select = `SELECT path FROM guides_asset_record WHERE ${where} ORDER BY path LIMIT ?`;
    return (await this.database.reader.query<{ path: string }>(select, [...parameters, limit])).map(({ path }) => path);
  }

  async find(paths: readonly string[], tx?: Tx): Promise<Map<string, AssetRecord>> {
    const records = await this.parsed(paths, RECORD_COLUMNS, toRecord, tx);
    return new Map(records.map((record) => [record.path, record]));
  }

  async targets(paths: readonly string[], tx?: Tx): Promise<Map<string, ReferenceTarget>> {
    const targets = await this.parsed(paths, 'path, facts', (row) => toTarget(row.path, JSON.parse(row.facts) as AssetFacts), tx);
    return new Map(targets.map((target) => [target.path, target]));
  }

  async pathsByGuid(guids: readonly string[], tx?: Tx): Promise<Map<string, string[]>> {
    const db: SqlExecutor = tx ?? this.database.reader;
    const { dialect } = this.database;
    const own = await selectIn<GuidRow>(db, dialect, 'SELECT uuid AS guid, path FROM guides_asset_record WHERE $IN', 'uuid', guids);
    const named = await selectIn<GuidRow>(db, dialect, 'SELECT guid_stem AS guid, path FROM guides_asset_record WHERE $IN', 'guid_stem', guids);
    // Where the repository's own GUID answers, file names are not asked.
    const answered = new Set(own.map((row) => row.guid));
    return pathsByGuid([...own, ...named.filter((row) => !answered.has(row.guid))]);
  }

  private parsed<T>(paths: readonly string[], columns: string, parse: (row: RecordRow) => T, tx?: Tx): Promise<T[]> {
    const select = `SELECT ${columns} FROM guides_asset_record WHERE $IN`;
    return inChunks(
      paths,
      async (chunk) => (await selectIn<RecordRow>(tx ?? this.database.reader, this.database.dialect, select, 'path', chunk)).map(parse),
      PARSED_AT_ONCE,
    );
  }

  async remove(paths: readonly string[], tx: Tx): Promise<void> {
    await executeIn(tx, this.database.dialect, 'DELETE FROM guides_asset_record WHERE $IN', 'path', paths);
  }

  /** Which records may be upserted: MariaDB would overwrite another asset's record where no more than path or GUID is the same. */
  private async knownIds(records: readonly NewAssetRecord[], tx: Tx): Promise<(id: number) => boolean> {
    const { dialect } = this.database;
    if (dialect.isSqlite) return () => true;
    const ids = records.map(({ id }) => id);
    const rows = await selectIn<{ id: number | string }>(tx, dialect, 'SELECT id FROM guides_asset_record WHERE $IN', 'id', ids);
    const known = new Set(rows.map(({ id }) => Number(id)));
    return (id) => known.has(id);
  }
}

/** Smallest path first. */
function pathsByGuid(rows: readonly GuidRow[]): Map<string, string[]> {
  const byGuid = new Map<string, string[]>();
  for (const { guid, path } of [...rows].sort((a, b) => comparePaths(a.path, b.path))) {
    const paths = byGuid.get(guid);
    if (paths) paths.push(path);
    else byGuid.set(guid, [path]);
  }
  return byGuid;
}

function toRow(r: NewAssetRecord): SqlValue[] {
  return [
    r.id,
    r.path,
    r.uuid,
    guidStem(r.path),
    r.facts.fileType,
    r.sha256,
    r.sizeBytes,
    r.outcome,
    r.pipelineVersion,
    r.processedAtMs,
    r.anchorsHash,
    JSON.stringify(r.facts),
  ];
}

function toState(row: StateRow): ProcessedState {
  return {
    id: Number(row.id),
    uuid: row.uuid,
    sha256: row.sha256,
    outcome: row.outcome as AssetOutcome,
    pipelineVersion: row.pipeline_version,
    fileType: row.file_type as FileType,
    anchorsHash: row.anchors_hash,
    processedAtMs: Number(row.processed_at),
  };
}

function toRecord(row: RecordRow): AssetRecord {
  return {
    id: Number(row.id),
    path: row.path,
    uuid: row.uuid,
    sha256: row.sha256,
    sizeBytes: Number(row.size),
    outcome: row.outcome as AssetOutcome,
    processedAtMs: Number(row.processed_at),
    pipelineVersion: row.pipeline_version,
    facts: JSON.parse(row.facts) as AssetFacts,
  };
}

function toTarget(path: string, facts: AssetFacts): ReferenceTarget {
  const { fileType, wellFormed, rootId, topicIds, elementIds } = facts;
  return { path, fileType, wellFormed, rootId, topicIds, elementIds };
}
