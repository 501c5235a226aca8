import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { BlobRef } from '../../contracts/blob-store.js';

/** Where blobs lie that are too large for a table, named by their SHA-256. What is found under a name is always whole. */
export interface BlobFiles {
  /** Keeps what was read so far and the rest of the stream. Nothing of it stays when the stream fails. */
  write(head: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): Promise<BlobRef>;
  /** Null when there is no such blob. */
  open(sha256: string): Promise<Readable | null>;
  /** The first `maxBytes`; null when there is no such blob. */
  read(sha256: string, maxBytes: number): Promise<Uint8Array | null>;
}

/** Writes a new file and names its content; when it resolves, the file is synced. */
export async function writeSynced(file: string, head: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): Promise<BlobRef> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const handle: FileHandle = await open(file, 'wx');
  try {
    const append = async (chunk: Uint8Array): Promise<void> => {
      hash.update(chunk);
      sizeBytes += chunk.length;
      await handle.writeFile(chunk);
    };
    for (const chunk of head) await append(chunk);
    for (let next = await rest.next(); !next.done; next = await rest.next()) await append(next.value);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { sha256: hash.digest('hex'), sizeBytes };
}
