import type { GuidesSettings } from '../../contracts/settings.js';
import { SqlKeySpaceStore } from '../../repository/key-spaces/key-space.store.js';
import { SqlMovedFindings } from '../../repository/moves/moved-findings.store.js';
import { SqlAssetRecordStore } from '../../repository/records/asset-record.store.js';
import { SqlReferenceGraph } from '../../repository/references/reference-graph.store.js';
import type { Database } from '../../repository/unit-of-work/database.js';
import { openDatabase } from '../../repository/unit-of-work/open-database.js';
import { ContentMove } from '../content/content-move.service.js';
import { resolveUriReference } from '../pipeline/uri-reference.js';
import { blobStore, writableMounts } from './storage.js';

export type { MoveResult } from '../content/content-move.service.js';

/** Moves that work on the database itself, with or without a service beside them. */
export interface OpenContentMove {
  contentMove: ContentMove;
  close(): Promise<void>;
}

/** @throws ConfigurationError, RepositoryUnavailableError */
export async function openContentMove(settings: GuidesSettings): Promise<OpenContentMove> {
  const database = await openDatabase(settings.databaseUrl, { poolSize: settings.databasePoolSize, tablePrefix: settings.databaseTablePrefix });
  return { contentMove: contentMove(settings, database), close: () => database.close() };
}

export function contentMove(settings: GuidesSettings, database: Database): ContentMove {
  return new ContentMove({
    unitOfWork: database,
    records: new SqlAssetRecordStore(database),
    graph: new SqlReferenceGraph(database),
    keySpaces: new SqlKeySpaceStore(database),
    findings: new SqlMovedFindings(database, resolveUriReference),
    mounts: writableMounts(settings.mounts, database, blobStore(settings, database)),
  });
}
