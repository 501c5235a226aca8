import type { AssetRepository, Mount, WritableAssetRepository } from '../../contracts/asset-repository.js';
import type { BlobStore } from '../../contracts/blob-store.js';
import { ConfigurationError } from '../../contracts/errors.js';
import { normalizePath } from '../../contracts/repository-path.js';
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

/** What a host mounts itself, beside the mounts of the settings. @throws ConfigurationError */
export function hostMounts(mounts: Readonly<Record<string, AssetRepository>>, others: GuidesSettings['mounts']): Mount[] {
  return Object.entries(mounts).map(([path, repository]) => {
    const prefix = normalizePath(path);
    if (Object.hasOwn(others, prefix)) throw new ConfigurationError(`mounts: ${prefix} is mounted twice, by the settings and by the host.`);
    return { prefix, repository };
  });
}
