import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { BlobRef } from '../../contracts/blob-store.js';
import { RepositoryUnavailableError } from '../../contracts/errors.js';

/** Where blobs lie that are too large for a table, named by their SHA-256. What is found under a name is always whole. */
export interface BlobFiles {
  /** Keeps what was read so far and the rest of the stream. Nothing of it stays when the stream fails. */
  write(head: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): Promise<BlobRef>;
  /** Null when there is no such blob. */
  open(sha256: string): Promise<Readable | null>;
  /** The first `maxBytes`; null when there is no such blob. */
  read(sha256: string, maxBytes: number): Promise<Uint8Array | null>;
}

/** What a folder refuses that is full, over its quota or read-only, whatever is written. */
const REFUSALS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  EFBIG: 'the file would become larger than the system allows',
  EROFS: 'the disk is read-only',
  EACCES: 'the folder may not be written to',
  EIO: 'the disk is broken',
};

/** One step of writing content. @throws RepositoryUnavailableError that says what the folder lacks */
export async function writing<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
    const refusal = REFUSALS[code];
    throw refusal === undefined ? error : new RepositoryUnavailableError(`Content cannot be stored: ${refusal}.`, { cause: error });
  }
}

/**
 * Writes a new file and names its content; when it resolves, the file is synced.
 * @throws RepositoryUnavailableError when the folder takes no more; errors of `rest` as they are.
 */
export async function writeSynced(file: string, head: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): Promise<BlobRef> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const handle: FileHandle = await writing(() => open(file, 'wx'));
  try {
    const append = async (chunk: Uint8Array): Promise<void> => {
      hash.update(chunk);
      sizeBytes += chunk.length;
      await writing(() => handle.writeFile(chunk));
    };
    for (const chunk of head) await append(chunk);
    for (let next = await rest.next(); !next.done; next = await rest.next()) await append(next.value);
    await writing(() => handle.sync());
  } finally {
    await handle.close();
  }
  return { sha256: hash.digest('hex'), sizeBytes };
}
