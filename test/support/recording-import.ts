import type { ReferenceGraph } from '../../src/contracts/asset-records.js';
import type { GuidesSettings } from '../../src/contracts/settings.js';
import { ContentImport } from '../../src/modules/content/content-import.service.js';
import { openContentSource } from '../../src/modules/content/open-content-source.js';
import { LocalBlobFiles } from '../../src/repository/blobs/local-blob-files.js';
import { TieredBlobStore } from '../../src/repository/blobs/tiered-blob.store.js';
import { JcrAssetRepository } from '../../src/repository/jcr/jcr-asset.repository.js';
import { SqlReferenceGraph } from '../../src/repository/references/reference-graph.store.js';
import { openDatabase } from '../../src/repository/unit-of-work/open-database.js';

/** An import that notes what it tells the reference graph. */
export async function openRecordingImport(settings: GuidesSettings, seen: string[][]) {
  const database = await openDatabase(settings.databaseUrl);
  const blobs = new TieredBlobStore(database, new LocalBlobFiles(settings.blobs.folder), settings.blobs.maxInlineBytes);
  const graph: ReferenceGraph = new SqlReferenceGraph(database);
  const tell = graph.targetsChanged.bind(graph);
  graph.targetsChanged = (paths, tx) => {
    seen.push([...paths]);
    return tell(paths, tx);
  };
  const repository = new JcrAssetRepository(database, blobs);
  const contentImport = new ContentImport({ unitOfWork: database, blobs, graph, repositoryAt: () => repository, mimeTypeOf: () => 'text/plain' });
  return {
    run: async (folder: string, targetPath: string) => contentImport.run(await openContentSource(folder), { targetPath, createdBy: 'tester' }),
    close: () => database.close(),
  };
}
