import type { AssetFacts, AssetOutcome, FileType } from '../../contracts/asset.js';
import type { AssetRecord, AssetRecordStore, NewAssetRecord, ProcessedState } from '../../contracts/asset-records.js';
import { comparePaths, type KeyRange } from '../../contracts/key-range.js';
import { guidStem, type ReferenceTarget } from '../../contracts/reference-rules.js';
import type { SqlExecutor, Tx } from '../../contracts/unit-of-work.js';
import { keyRangeSql } from '../key-range-sql.js';
import { bulkInsert, executeIn, inChunks, selectIn } from '../unit-of-work/bulk.js';
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

/** Facts parsed in one go: more would hold up the event loop. */
const TARGETS_AT_ONCE = 64;

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
      `SELECT id, path, uuid, sha256, outcome, pipeline_version, file_type, anchors_hash FROM guides_asset_record WHERE $IN${lock}`,
      'path',
      paths,
    );
    return new Map(rows.map((row) => [row.path, toState(row)]));
  }

  async save(records: readonly NewAssetRecord[], tx: Tx): Promise<void> {
    await bulkInsert(tx, this.database.dialect, {
      table: 'guides_asset_record',
      columns: COLUMNS,
      rows: records.map((r) => [
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
      ]),
      conflict: { keys: ['id'], updated: COLUMNS.slice(3) },
    });
  }

  reserveIds(count: number): Promise<number> {
    return this.ids.reserve(count);
  }

  async page(range: KeyRange, after: string | null, limit: number): Promise<AssetRecord[]> {
    const { where, parameters } = keyRangeSql('path', range, after);
    const rows = await this.database.reader.query<RecordRow>(
      `SELECT id, path, uuid, file_type, sha256, size, outcome, pipeline_version, processed_at, facts
        FROM guides_asset_record WHERE ${where} ORDER BY path LIMIT ?`,
      [...parameters, limit],
    );
    return rows.map(toRecord);
  }

  async targets(paths: readonly string[], tx?: Tx): Promise<Map<string, ReferenceTarget>> {
    const select = 'SELECT path, facts FROM guides_asset_record WHERE $IN';
    const targets = await inChunks(
      paths,
      async (chunk) => {
        const rows = await selectIn<{ path: string; facts: string }>(tx ?? this.database.reader, this.database.dialect, select, 'path', chunk);
        return rows.map((row) => toTarget(row.path, JSON.parse(row.facts) as AssetFacts));
      },
      TARGETS_AT_ONCE,
    );
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

  async remove(paths: readonly string[], tx: Tx): Promise<void> {
    await executeIn(tx, this.database.dialect, 'DELETE FROM guides_asset_record WHERE $IN', 'path', paths);
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

function toState(row: StateRow): ProcessedState {
  return {
    id: Number(row.id),
    uuid: row.uuid,
    sha256: row.sha256,
    outcome: row.outcome as AssetOutcome,
    pipelineVersion: row.pipeline_version,
    fileType: row.file_type as FileType,
    anchorsHash: row.anchors_hash,
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
