import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { BlobRef, BlobStore, StagedBlob } from '../../contracts/blob-store.js';
import { RepositoryUnavailableError } from '../../contracts/errors.js';
import type { Tx } from '../../contracts/unit-of-work.js';
import { bulkInsert, selectIn } from '../unit-of-work/bulk.js';
import type { Database } from '../unit-of-work/database.js';
import type { BlobFiles } from './blob-files.js';

interface BlobRow {
  sha256: string;
  bytes: Uint8Array | null;
}

/** Small blobs in a table, larger ones as files; the same bytes are stored once (repository.md, "Binaries"). */
export class TieredBlobStore implements BlobStore {
  constructor(
    private readonly database: Database,
    private readonly files: BlobFiles,
    private readonly maxInlineBytes: number,
  ) {}

  stage(source: Readable | Uint8Array): Promise<StagedBlob> {
    const chunks: AsyncIterable<Uint8Array> = source instanceof Uint8Array ? one(source) : source;
    return this.stageChunks(chunks[Symbol.asyncIterator]());
  }

  async commit(blobs: readonly StagedBlob[], tx: Tx): Promise<void> {
    await bulkInsert(tx, this.database.dialect, {
      table: 'guides_blob',
      columns: ['sha256', 'size', 'bytes'],
      rows: blobs.map((blob) => [blob.sha256, blob.sizeBytes, blob.inline]),
      ignoreExisting: true,
    });
  }

  async read(refs: readonly BlobRef[], maxBytes: number): Promise<(Uint8Array | null)[]> {
    const found = await this.readInline(refs.filter((ref) => ref.sizeBytes <= this.maxInlineBytes), maxBytes);
    const read = await Promise.all(refs.map(async ({ sha256 }) => found.get(sha256) ?? this.files.read(sha256, maxBytes)));
    // The limit may have been higher when these were stored.
    const missed = refs.filter((ref, i) => read[i] === null && ref.sizeBytes > this.maxInlineBytes);
    if (missed.length === 0) return read;
    const late = await this.readInline(missed, maxBytes);
    return read.map((bytes, i) => bytes ?? late.get(refs[i]?.sha256 ?? '') ?? null);
  }

  async open(ref: BlobRef): Promise<Readable> {
    const [row] = await this.rows([ref.sha256]);
    const opened = row?.bytes ? Readable.from([Buffer.from(row.bytes)]) : row && (await this.openFile(ref));
    if (!opened) throw new RepositoryUnavailableError(`The content ${ref.sha256} is missing.`);
    return opened;
  }

  private async openFile({ sha256 }: BlobRef): Promise<Readable | null> {
    try {
      return await this.files.open(sha256);
    } catch (error) {
      throw new RepositoryUnavailableError(`The content ${sha256} cannot be read.`, { cause: error });
    }
  }

  private async readInline(refs: readonly BlobRef[], maxBytes: number): Promise<Map<string, Uint8Array>> {
    const rows = await this.rows([...new Set(refs.map((ref) => ref.sha256))]);
    return new Map(rows.flatMap(({ sha256, bytes }) => (bytes === null ? [] : [[sha256, bytes.subarray(0, maxBytes)] as const])));
  }

  private async stageChunks(chunks: AsyncIterator<Uint8Array>): Promise<StagedBlob> {
    const head: Uint8Array[] = [];
    let sizeBytes = 0;
    while (sizeBytes <= this.maxInlineBytes) {
      const next = await chunks.next();
      if (next.done) return inlineBlob(head, sizeBytes);
      head.push(next.value);
      sizeBytes += next.value.length;
    }
    return { ...(await this.files.write(head, chunks)), inline: null };
  }

  private rows(hashes: readonly string[]): Promise<BlobRow[]> {
    return selectIn(this.database.reader, this.database.dialect, 'SELECT sha256, bytes FROM guides_blob WHERE $IN', 'sha256', hashes);
  }
}

function inlineBlob(chunks: readonly Uint8Array[], sizeBytes: number): StagedBlob {
  const bytes = Buffer.concat(chunks, sizeBytes);
  return { sha256: createHash('sha256').update(bytes).digest('hex'), sizeBytes, inline: bytes };
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
