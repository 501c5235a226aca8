import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { BlobRef } from '../../contracts/blob-store.js';
import { type BlobFiles, writeSynced, writing } from './blob-files.js';

/** Blobs as files named by their SHA-256, two folders deep. A file under its final name is always whole. */
export class LocalBlobFiles implements BlobFiles {
  constructor(private readonly folder: string) {}

  /** Temporary name, synced, renamed, folder synced. */
  async write(head: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): Promise<BlobRef> {
    const temporary = join(this.folder, 'tmp', randomUUID());
    await writing(() => mkdir(dirname(temporary), { recursive: true }));
    try {
      const { sha256, sizeBytes } = await writeSynced(temporary, head, rest);
      const target = this.fileOf(sha256);
      await writing(async () => {
        await mkdir(dirname(target), { recursive: true });
        await rename(temporary, target);
        await syncFolder(dirname(target));
      });
      return { sha256, sizeBytes };
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  async open(sha256: string): Promise<Readable | null> {
    const handle = await this.handleOf(sha256);
    return handle?.createReadStream() ?? null;
  }

  async read(sha256: string, maxBytes: number): Promise<Uint8Array | null> {
    const handle = await this.handleOf(sha256);
    if (!handle) return null;
    try {
      const { size } = await handle.stat();
      const bytes = Buffer.allocUnsafeSlow(Math.min(size, maxBytes));
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    } finally {
      await handle.close();
    }
  }

  private async handleOf(sha256: string): Promise<FileHandle | null> {
    try {
      return await open(this.fileOf(sha256));
    } catch (error) {
      if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    }
  }

  private fileOf(sha256: string): string {
    return join(this.folder, sha256.slice(0, 2), sha256.slice(2, 4), sha256);
  }
}

/** Makes the rename itself survive a loss of power. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
