import { isWithin } from '../../contracts/key-range.js';
import type { GuidesSettings } from '../../contracts/settings.js';
import { SqlReferenceGraph } from '../../repository/references/reference-graph.store.js';
import { openDatabase } from '../../repository/unit-of-work/open-database.js';
import { ContentImport } from '../content/content-import.service.js';
import { openContentSource } from '../content/open-content-source.js';
import { mimeTypeByName } from '../pipeline/mime-type-by-name.js';
import { checkedBlobStore, writableMounts } from './storage.js';

export type { ImportProgress, ImportResult } from '../content/import-result.js';

/** An import that works on the database itself, with or without a service beside it. */
export interface OpenContentImport {
  contentImport: ContentImport;
  /** The folder or ZIP archive at a path on disk. @throws ContentSourceError (code `CONTENT_SOURCE`) when it is neither. */
  openSource: typeof openContentSource;
  close(): Promise<void>;
}

/** @throws ConfigurationError, RepositoryUnavailableError */
export async function openContentImport(settings: GuidesSettings): Promise<OpenContentImport> {
  const database = await openDatabase(settings.databaseUrl, { poolSize: settings.databasePoolSize, tablePrefix: settings.databaseTablePrefix });
  const blobs = await checkedBlobStore(settings, database).catch(async (error: unknown) => {
    await database.close();
    throw error;
  });
  const mounts = writableMounts(settings.mounts, database, blobs);
  const contentImport = new ContentImport({
    unitOfWork: database,
    blobs,
    graph: new SqlReferenceGraph(database),
    repositoryAt: (path) => mounts.find(({ prefix }) => isWithin(path, prefix))?.repository ?? null,
    mimeTypeOf: mimeTypeByName,
  });
  return { contentImport, openSource: openContentSource, close: () => database.close() };
}
