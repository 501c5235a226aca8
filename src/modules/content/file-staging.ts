import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { allOrFirstError } from '../../contracts/all-or-first-error.js';
import type { WritableAssetRepository } from '../../contracts/asset-repository.js';
import type { BlobStore, StagedBlob } from '../../contracts/blob-store.js';
import { type SourceFile, SourceReadError } from './content-source.js';
import type { PlannedFile } from './import-batch.js';
import type { ImportTally } from './import-result.js';
import { unreadable } from './unreadable-file.js';

/** A file whose bytes are safe and that only lacks its place in the repository. */
export interface StagedFile extends PlannedFile {
  blob: StagedBlob;
}

interface StagingPorts {
  blobs: BlobStore;
  repositoryAt(path: string): WritableAssetRepository | null;
}

/** Files read at once: hides the latency of the disk; more only costs memory. */
const CONCURRENT_READS = 8;

/** From this size on, looking up the stored hash first is cheaper than writing bytes that are there already. */
const COMPARE_FROM_BYTES = 16 * 1024;

/** Brings the content of files into the blob store, outside of any transaction. */
export class FileStaging {
  constructor(
    private readonly ports: StagingPorts,
    private readonly tally: ImportTally,
  ) {}

  /** Unreadable files are skipped with their reason. @throws whatever the blob store throws when it cannot write. */
  async stage(files: readonly PlannedFile[]): Promise<{ staged: StagedFile[]; unchanged: number }> {
    const staged: StagedFile[] = [];
    let unchanged = 0;
    const queue = files.values();
    const work = async (): Promise<void> => {
      for (const file of queue) {
        const blob = await this.stageOne(file);
        if (blob === 'unchanged') unchanged++;
        else if (blob !== null) staged.push({ ...file, blob });
      }
    };
    await allOrFirstError(Array.from({ length: Math.min(CONCURRENT_READS, files.length) }, work));
    return { staged, unchanged };
  }

  private async stageOne({ path, source }: PlannedFile): Promise<StagedBlob | 'unchanged' | null> {
    try {
      if (source.sizeBytes >= COMPARE_FROM_BYTES && (await this.isUnchanged(path, source))) {
        this.tally.addBytes(source.sizeBytes);
        return 'unchanged';
      }
      const content = await source.read();
      if (content instanceof Uint8Array) {
        this.tally.addBytes(content.length);
        return await this.ports.blobs.stage(content);
      }
      return await this.ports.blobs.stage(Readable.from(this.counted(content), { objectMode: false }));
    } catch (error) {
      if (!(error instanceof SourceReadError)) throw error;
      this.tally.skip(source.relativePath, error.reason);
      return null;
    }
  }

  private async isUnchanged(path: string, source: SourceFile): Promise<boolean> {
    const range = { from: path, fromInclusive: true, to: path, toInclusive: true };
    const ref = (await this.ports.repositoryAt(path)?.scan(range, {}, null, 1))?.at(0);
    if (!ref || ref.sha256 === null || ref.sizeBytes !== source.sizeBytes) return false;
    return (await sha256Of(await source.read())) === ref.sha256;
  }

  private async *counted(content: Readable): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunksOf(content)) {
      this.tally.addBytes(chunk.length);
      yield chunk;
    }
  }
}

async function sha256Of(content: Uint8Array | Readable): Promise<string> {
  const hash = createHash('sha256');
  if (content instanceof Uint8Array) hash.update(content);
  else for await (const chunk of chunksOf(content)) hash.update(chunk);
  return hash.digest('hex');
}

/** Tells errors of the source, which concern one file, from those of whoever consumes it. */
async function* chunksOf(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* content;
  } catch (error) {
    throw error instanceof SourceReadError ? error : unreadable(error);
  }
}
