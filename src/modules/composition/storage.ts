import type { AssetRepository, Mount, WritableAssetRepository } from '../../contracts/asset-repository.js';
import type { BlobStore } from '../../contracts/blob-store.js';
import { ConfigurationError, InvalidPathError } from '../../contracts/errors.js';
import { normalizePath } from '../../contracts/repository-path.js';
import type { GuidesSettings } from '../../contracts/settings.js';
import { LocalBlobFiles } from '../../repository/blobs/local-blob-files.js';
import { S3BlobFiles } from '../../repository/blobs/s3-blob-files.js';
import { TieredBlobStore } from '../../repository/blobs/tiered-blob.store.js';
import { DatabaseAssetRepository } from '../../repository/database/database-asset.repository.js';
import { JcrAssetRepository } from '../../repository/jcr/jcr-asset.repository.js';
import type { Database } from '../../repository/unit-of-work/database.js';

/** A mount whose repository takes content in. */
export interface WritableMount {
  prefix: string;
  repository: WritableAssetRepository;
}

/** Connects to an object store when it first needs it. */
export function blobStore({ blobs }: GuidesSettings, database: Database): BlobStore {
  const files = blobs.store === 's3' ? new S3BlobFiles(blobs.s3, blobs.folder) : new LocalBlobFiles(blobs.folder);
  return new TieredBlobStore(database, files, blobs.maxInlineBytes);
}

/** @throws ConfigurationError where there is an object store that cannot be used */
export async function checkedBlobStore(settings: GuidesSettings, database: Database): Promise<BlobStore> {
  const { store, s3, folder } = settings.blobs;
  if (store === 's3') await new S3BlobFiles(s3, folder).check();
  return blobStore(settings, database);
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
    const prefix = mountPrefix(path);
    if (Object.hasOwn(others, prefix)) throw new ConfigurationError(`mounts: ${prefix} is mounted twice, by the settings and by the host.`);
    return { prefix, repository };
  });
}

function mountPrefix(path: string): string {
  try {
    return normalizePath(path);
  } catch (error) {
    if (error instanceof InvalidPathError) throw new ConfigurationError(`mounts: "${path}" ${error.reason}.`, { cause: error });
    throw error;
  }
}
