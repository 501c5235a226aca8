import type { Dir, Stats } from 'node:fs';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, opendir } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { type ContentSource, ContentSourceError, MAX_WHOLE_READ_BYTES, type SourceEntry, SourceReadError } from './content-source.js';
import { checkName, displayName } from './entry-name.js';
import { unreadable } from './unreadable-file.js';

/** Entries looked at together. */
const LOOKUPS = 64;
const SEPARATOR = Buffer.from('/');
const GIT = Buffer.from('.git');

/** No link is followed, and a pipe that took a file's place does not block. Where the platform lacks a flag it is undefined, which `|` takes as 0. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

interface Folder {
  /** Bytes, because names on disk need not be UTF-8. */
  onDisk: Buffer;
  /** '' for the root, else ending in `/`. */
  prefix: string;
}

/** A folder on disk. Symbolic links and `.git` folders are left out, and said so (extraction.md, section 1). */
export class FolderSource implements ContentSource {
  constructor(private readonly root: string) {}

  async *entries(): AsyncGenerator<SourceEntry> {
    const pending: Folder[] = [{ onDisk: Buffer.from(this.root), prefix: '' }];
    for (let folder = pending.pop(); folder; folder = pending.pop()) {
      const names = await this.open(folder);
      if (names instanceof SourceReadError) {
        yield { kind: 'refused', name: folder.prefix, reason: names.reason };
        continue;
      }
      yield* this.inside(folder, names, pending);
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** @throws ContentSourceError when it is the root that cannot be read. */
  private async open(folder: Folder): Promise<Dir | SourceReadError> {
    try {
      // The types do not know that names can be had as bytes.
      return await opendir(folder.onDisk, { encoding: 'buffer' as BufferEncoding });
    } catch (error) {
      const { reason } = unreadable(error);
      if (folder.prefix === '') throw new ContentSourceError(`The folder ${this.root} ${reason}.`, { cause: error });
      return new SourceReadError(reason);
    }
  }

  private async *inside(folder: Folder, names: Dir, subfolders: Folder[]): AsyncGenerator<SourceEntry> {
    for await (const chunk of chunked(names)) {
      const found = await Promise.all(chunk.map((name) => lookUp(folder, name)));
      for (const { entry, isFolder, onDisk } of found) {
        if (isFolder && entry.kind === 'folder') subfolders.push({ onDisk, prefix: `${entry.relativePath}/` });
        yield entry;
      }
    }
  }
}

async function* chunked(names: Dir): AsyncGenerator<Buffer[]> {
  let chunk: Buffer[] = [];
  for await (const entry of names) {
    chunk.push(entry.name as unknown as Buffer);
    if (chunk.length < LOOKUPS) continue;
    yield chunk;
    chunk = [];
  }
  yield chunk;
}

async function lookUp(folder: Folder, bytes: Buffer): Promise<{ entry: SourceEntry; isFolder: boolean; onDisk: Buffer }> {
  const onDisk = Buffer.concat([folder.onDisk, SEPARATOR, bytes]);
  const refused = (reason: string) => ({
    entry: { kind: 'refused' as const, name: folder.prefix + displayName(bytes), reason },
    isFolder: false,
    onDisk,
  });
  const checked = checkName(bytes);
  if ('reason' in checked) return refused(checked.reason);
  let stats: Stats;
  try {
    stats = await lstat(onDisk);
  } catch (error) {
    return refused(unreadable(error).reason);
  }
  const relativePath = folder.prefix + checked.name;
  if (stats.isSymbolicLink()) return refused('is a symbolic link');
  if (stats.isDirectory()) {
    return bytes.equals(GIT) ? refused('is a .git folder') : { entry: { kind: 'folder', relativePath }, isFolder: true, onDisk };
  }
  if (!stats.isFile()) return refused('is not a regular file');
  const modifiedAtMs = Math.max(0, Math.floor(stats.mtimeMs));
  const entry: SourceEntry = { kind: 'file', relativePath, sizeBytes: stats.size, modifiedAtMs, read: () => readFrom(onDisk) };
  return { entry, isFolder: false, onDisk };
}

async function readFrom(file: Buffer): Promise<Uint8Array | Readable> {
  try {
    const handle = await open(file, OPEN_FLAGS);
    return await content(handle).catch(async (error: unknown) => {
      await handle.close();
      throw error;
    });
  } catch (error) {
    throw error instanceof SourceReadError ? error : unreadable(error);
  }
}

async function content(handle: FileHandle): Promise<Uint8Array | Readable> {
  const stats = await handle.stat();
  if (!stats.isFile()) throw new SourceReadError('is no longer a regular file');
  if (stats.size > MAX_WHOLE_READ_BYTES) return handle.createReadStream({ highWaterMark: 256 * 1024 });
  const bytes = Buffer.allocUnsafeSlow(stats.size);
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  await handle.close();
  return bytes.subarray(0, filled);
}
