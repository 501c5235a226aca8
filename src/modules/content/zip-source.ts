import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { type ContentSource, ContentSourceError, MAX_WHOLE_READ_BYTES, type SourceEntry } from './content-source.js';
import { displayName } from './entry-name.js';
import { checkZipEntry, entryName } from './zip-entry-rules.js';
import { verifiedContent } from './zip-content.js';
import { DEFAULT_ZIP_LIMITS, type ZipLimits } from './zip-limits.js';

/** A ZIP archive; what its entries say of themselves is checked before it is believed. */
export class ZipSource implements ContentSource {
  private readonly opened: ZipFile[] = [];

  constructor(
    private readonly file: string,
    private readonly limits: ZipLimits = DEFAULT_ZIP_LIMITS,
  ) {}

  async *entries(): AsyncGenerator<SourceEntry> {
    const zip = await this.open();
    const seen = new PathSet();
    let totalBytes = 0;
    let gitFolder: string | null = null;
    for await (const raw of this.rawEntries(zip)) {
      const checked = checkZipEntry(raw, this.limits);
      if (checked.kind === 'git') {
        // One line for the folder, not one for each object in it.
        if (checked.folder !== gitFolder) yield { kind: 'refused', name: checked.folder, reason: 'is a .git folder' };
        gitFolder = checked.folder;
      } else if (checked.kind === 'refused') {
        yield { ...checked, name: displayName(entryName(raw)) };
      } else if (checked.kind === 'folder') {
        if (checked.relativePath !== '') yield checked;
      } else if (!seen.add(checked.relativePath)) {
        yield { kind: 'refused', name: checked.relativePath, reason: 'stands in the archive more than once; the first was taken' };
      } else {
        totalBytes += raw.uncompressedSize;
        this.boundTotal(totalBytes);
        yield { ...checked, read: () => this.read(zip, raw) };
      }
    }
  }

  close(): Promise<void> {
    for (const zip of this.opened.splice(0)) zip.close();
    return Promise.resolve();
  }

  private async open(): Promise<ZipFile> {
    const zip = await openPromise(this.file, {
      autoClose: false,
      // Names and sizes are judged here, entry by entry; yauzl would give up the archive for one bad entry.
      decodeStrings: false,
      validateEntrySizes: false,
    }).catch((error: unknown) => {
      throw this.damaged(error);
    });
    // Closing may fail after all has been read; without a listener that would end the process.
    zip.on('error', () => undefined);
    this.opened.push(zip);
    if (zip.entryCount > this.limits.maxEntries) {
      throw new ContentSourceError(`${this.file} has ${zip.entryCount} entries; at most ${this.limits.maxEntries} are accepted.`);
    }
    return zip;
  }

  private async *rawEntries(zip: ZipFile): AsyncGenerator<Entry> {
    const entries = zip.eachEntry();
    for (;;) {
      const next = await entries.next().catch((error: unknown) => {
        throw this.damaged(error);
      });
      if (next.done) return;
      yield next.value;
    }
  }

  private boundTotal(totalBytes: number): void {
    const { maxTotalBytes } = this.limits;
    if (totalBytes <= maxTotalBytes) return;
    throw new ContentSourceError(`${this.file} unpacks to more than ${maxTotalBytes} bytes, the most that is accepted.`);
  }

  private async read(zip: ZipFile, entry: Entry): Promise<Uint8Array | Readable> {
    const content = verifiedContent(zip, entry);
    if (entry.uncompressedSize > MAX_WHOLE_READ_BYTES) return Readable.from(content, { objectMode: false });
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  private damaged(error: unknown): ContentSourceError {
    const detail = error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
    return new ContentSourceError(`${this.file} is not a whole ZIP archive; it may be truncated or damaged (${detail}).`, { cause: error });
  }
}

/** Remembers paths by a hash: a million of them in a few dozen megabytes, however long they are. */
class PathSet {
  private readonly hashes = new Set<string>();

  /** False when the path was there already. */
  add(path: string): boolean {
    const before = this.hashes.size;
    this.hashes.add(createHash('sha256').update(path).digest().toString('latin1', 0, 16));
    return this.hashes.size > before;
  }
}
