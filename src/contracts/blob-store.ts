import type { Readable } from 'node:stream';
import type { Tx } from './unit-of-work.js';

/** Names a blob by its content: lower-case hex SHA-256. */
export interface BlobRef {
  sha256: string;
  sizeBytes: number;
}

/**
 * A content-addressed store (repository.md, "Binaries"): the same bytes are stored once.
 * `stage` makes bytes safe outside of any transaction (large ones as files: temporary name, synced, renamed);
 * `commit` then records them in the caller's transaction, so that a reference never points to missing bytes.
 */
export interface BlobStore {
  stage(source: Readable | Uint8Array): Promise<StagedBlob>;
  commit(blobs: readonly StagedBlob[], tx: Tx): Promise<void>;
  /** The first `maxBytes` of each blob, in the order asked; null where a blob is missing. */
  read(refs: readonly BlobRef[], maxBytes: number): Promise<(Uint8Array | null)[]>;
  /** @throws RepositoryUnavailableError when the blob is missing or unreadable. */
  open(ref: BlobRef): Promise<Readable>;
}

/** Bytes that are safe on disk, or small enough to be kept until `commit` writes them to the table. */
export interface StagedBlob extends BlobRef {
  inline: Uint8Array | null;
}
