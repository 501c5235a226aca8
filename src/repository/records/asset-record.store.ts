import type { AssetFacts, AssetOutcome, FileType } from '../../contracts/asset.js';
import type { AssetRecord, AssetRecordStore, NewAssetRecord, ProcessedState } from '../../contracts/asset-records.js';
import type { KeyRange } from '../../contracts/key-range.js';
import { guidStem, type ReferenceTarget } from '../../contracts/reference-rules.js';
import type { SqlExecutor, Tx } from '../../contracts/unit-of-work.js';
import { keyRangeSql } from '../key-range-sql.js';
import { bulkInsert, inChunks, placeholders } from '../unit-of-work/bulk.js';
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

interface StateRow extends Omit<RecordRow, 'facts'> {
  anchors_hash: string;
}

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
    const rows = await inChunks(paths, (chunk) =>
      (tx ?? this.database.reader).query<StateRow>(
        `SELECT id, path, uuid, sha256, outcome, pipeline_version, file_type, anchors_hash FROM guides_asset_record
          WHERE path IN (${placeholders(chunk.length)})${lock}`,
        chunk,
      ),
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
    const rows = await inChunks(paths, (chunk) =>
      (tx ?? this.database.reader).query<{ path: string; facts: string }>(
        `SELECT path, facts FROM guides_asset_record WHERE path IN (${placeholders(chunk.length)})`,
        chunk,
      ),
    );
    return new Map(rows.map((row) => [row.path, toTarget(row.path, JSON.parse(row.facts) as AssetFacts)]));
  }

  async pathsByGuid(guids: readonly string[], tx?: Tx): Promise<Map<string, string[]>> {
    const db: SqlExecutor = tx ?? this.database.reader;
    const rows = await inChunks(guids, (chunk) =>
      db.query<{ guid: string; path: string; own: number | string }>(
        `SELECT uuid AS guid, path, 1 AS own FROM guides_asset_record WHERE uuid IN (${placeholders(chunk.length)})
          UNION ALL SELECT guid_stem, path, 0 FROM guides_asset_record WHERE guid_stem IN (${placeholders(chunk.length)})`,
        [...chunk, ...chunk],
      ),
    );
    return groupByGuid(rows.map((row) => ({ ...row, own: Number(row.own) === 1 })));
  }

  async remove(paths: readonly string[], tx: Tx): Promise<void> {
    await inChunks(paths, async (chunk) => {
      await tx.execute(`DELETE FROM guides_asset_record WHERE path IN (${placeholders(chunk.length)})`, chunk);
      return [];
    });
  }
}

/** The repository's own GUIDs come first, then file names; each by smallest path. */
function groupByGuid(rows: readonly { guid: string; path: string; own: boolean }[]): Map<string, string[]> {
  const sorted = [...rows].sort((a, b) => Number(b.own) - Number(a.own) || Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  const byGuid = new Map<string, string[]>();
  for (const { guid, path, own } of sorted) {
    const paths = byGuid.get(guid);
    if (!paths) byGuid.set(guid, [path]);
    // Where the repository's own GUID answers, file names are not asked.
    else if (!own && !sorted.some((row) => row.own && row.guid === guid)) paths.push(path);
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
