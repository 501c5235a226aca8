import type { WritableAssetRepository } from '../../contracts/asset-repository.js';
import type { BlobStore } from '../../contracts/blob-store.js';
import { ConfigurationError } from '../../contracts/errors.js';
import type { GuidesSettings } from '../../contracts/settings.js';
import { LocalBlobFiles } from '../../repository/blobs/local-blob-files.js';
import { TieredBlobStore } from '../../repository/blobs/tiered-blob.store.js';
import { DatabaseAssetRepository } from '../../repository/database/database-asset.repository.js';
import { JcrAssetRepository } from '../../repository/jcr/jcr-asset.repository.js';
import type { Database } from '../../repository/unit-of-work/database.js';

/** A mount whose repository takes content in. */
export interface WritableMount {
  prefix: string;
  repository: WritableAssetRepository;
}

export function blobStore(settings: GuidesSettings, database: Database): BlobStore {
  return new TieredBlobStore(database, new LocalBlobFiles(settings.blobs.folder), settings.blobs.maxInlineBytes);
}

/** The mounts of the settings, longest prefix first; one repository for each provider. @throws ConfigurationError */
export function writableMounts(mounts: GuidesSettings['mounts'], database: Database, blobs: BlobStore): WritableMount[] {
  const providers: Record<string, WritableAssetRepository> = {
    jcr: new JcrAssetRepository(database, blobs),
    database: new DatabaseAssetRepository(database, blobs),
  };
  return Object.entries(mounts)
    .map(([prefix, provider]) => {
      const repository = providers[provider];
      if (!repository) throw new ConfigurationError(`mounts: "${provider}" at ${prefix} is no provider; use jcr or database.`);
      return { prefix, repository };
    })
    .sort((a, b) => b.prefix.length - a.prefix.length);
}
