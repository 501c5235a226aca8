import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { BlobRef, BlobStore, StagedBlob } from '../../contracts/blob-store.js';
import { RepositoryUnavailableError } from '../../contracts/errors.js';
import type { Tx } from '../../contracts/unit-of-work.js';
import { bulkInsert, selectIn } from '../unit-of-work/bulk.js';
import type { Database } from '../unit-of-work/database.js';
import type { LocalBlobFiles } from './local-blob-files.js';

interface BlobRow {
  sha256: string;
  bytes: Uint8Array | null;
}

/** Small blobs in a table, larger ones as files; the same bytes are stored once (repository.md, "Binaries"). */
export class TieredBlobStore implements BlobStore {
  constructor(
    private readonly database: Database,
    private readonly files: LocalBlobFiles,
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
    const wanted = [...new Set(refs.filter((ref) => ref.sizeBytes <= this.maxInlineBytes).map((ref) => ref.sha256))];
    const rows = await this.rows(wanted);
    const inline = new Map(rows.flatMap((row) => (row.bytes === null ? [] : [[row.sha256, row.bytes] as const])));
    return Promise.all(
      refs.map((ref) => Promise.resolve(inline.get(ref.sha256)?.subarray(0, maxBytes) ?? this.files.read(ref.sha256, maxBytes))),
    );
  }

  async open(ref: BlobRef): Promise<Readable> {
    const [row] = await this.rows([ref.sha256]);
    if (!row) throw new RepositoryUnavailableError(`The content ${ref.sha256} is missing.`);
    return row.bytes === null ? this.files.open(ref.sha256) : Readable.from([Buffer.from(row.bytes)]);
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
