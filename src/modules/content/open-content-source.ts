import { open, stat } from 'node:fs/promises';
import { type ContentSource, ContentSourceError } from './content-source.js';
import { FolderSource } from './folder-source.js';
import { unreadable } from './unreadable-file.js';
import { ZipSource } from './zip-source.js';
import type { ZipLimits } from './zip-limits.js';

/** The folder or ZIP archive at `path`. @throws ContentSourceError when it is neither. */
export async function openContentSource(path: string, limits?: ZipLimits): Promise<ContentSource> {
  const stats = await stat(path).catch((error: unknown) => {
    throw new ContentSourceError(`${path} ${unreadable(error).reason}.`, { cause: error });
  });
  if (stats.isDirectory()) return new FolderSource(path);
  if (!stats.isFile() || !(await looksLikeZip(path))) {
    throw new ContentSourceError(`${path} is neither a folder nor a ZIP archive; to import a single file, import its folder.`);
  }
  return new ZipSource(path, limits);
}

/** First bytes of a ZIP: a local file header, or the end record of an empty archive. */
async function looksLikeZip(path: string): Promise<boolean> {
  try {
    const handle = await open(path);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
      return bytesRead === 4 && [0x04034b50, 0x06054b50].includes(buffer.readUInt32LE(0));
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new ContentSourceError(`${path} ${unreadable(error).reason}.`, { cause: error });
  }
}
