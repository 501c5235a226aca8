import { crc32 } from 'node:zlib';
import type { Entry, ZipFile } from 'yauzl';
import { SourceReadError } from './content-source.js';

/**
 * The content of an entry, held against the size and checksum that the archive declares: never more than the declared
 * size is handed out, so that a lie about it cannot fill memory or disk.
 * @throws SourceReadError
 */
export async function* verifiedContent(zip: ZipFile, entry: Entry): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  let checksum = 0;
  for await (const chunk of unpacked(zip, entry)) {
    bytes += chunk.length;
    if (bytes > entry.uncompressedSize) throw new SourceReadError('is larger than the archive says');
    checksum = crc32(chunk, checksum);
    yield chunk;
  }
  if (bytes < entry.uncompressedSize) throw new SourceReadError('is smaller than the archive says');
  if (checksum !== entry.crc32) throw new SourceReadError('is damaged: its checksum is not the one in the archive');
}

async function* unpacked(zip: ZipFile, entry: Entry): AsyncGenerator<Uint8Array> {
  try {
    const stream: AsyncIterable<Uint8Array> = await zip.openReadStreamPromise(entry);
    yield* stream;
  } catch (error) {
    throw new SourceReadError(`is damaged: it cannot be unpacked (${error instanceof Error ? error.message : String(error)})`, { cause: error });
  }
}
