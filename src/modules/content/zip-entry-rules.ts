import { crc32 } from 'node:zlib';
import type { Entry } from 'yauzl';
import type { SourceFile } from './content-source.js';
import { checkName } from './entry-name.js';
import type { ZipLimits } from './zip-limits.js';

export type CheckedZipEntry =
  | Omit<SourceFile, 'read'>
  | { kind: 'folder'; relativePath: string }
  | { kind: 'git'; folder: string }
  | { kind: 'refused'; reason: string };

/** Bits of a Unix mode that tell what kind of file it is. */
const TYPE_MASK = 0o170000;
const SYMBOLIC_LINK = 0o120000;
const REGULAR_FILE = 0o100000;
const DIRECTORY = 0o040000;

const UNICODE_PATH_FIELD = 0x7075;
const STORED = 0;
const DEFLATED = 8;

/** Judges an entry by what the central directory says of it. `relativePath` is '' for the root itself. */
export function checkZipEntry(entry: Entry, limits: ZipLimits): CheckedZipEntry {
  const checked = checkName(entryName(entry));
  if ('reason' in checked) return refused(checked.reason);
  const { name } = checked;
  const escape = howItLeaves(name);
  if (escape !== null) return refused(escape);
  const segments = name.split('/').filter((segment) => segment !== '' && segment !== '.');
  const git = segments.indexOf('.git');
  const isFolder = name.endsWith('/');
  if (git >= 0 && (isFolder || git < segments.length - 1)) return { kind: 'git', folder: segments.slice(0, git + 1).join('/') };
  const relativePath = segments.join('/');
  const kind = kindByMode(entry);
  if (kind !== null) return refused(kind);
  if (isFolder) return { kind: 'folder', relativePath };
  const content = whatIsWrongWithContent(entry, limits);
  if (content !== null) return refused(content);
  return { kind: 'file', relativePath, sizeBytes: entry.uncompressedSize, modifiedAtMs: modifiedAt(entry) };
}

function howItLeaves(name: string): string | null {
  if (name.includes('\\')) return 'has a backslash in its name';
  if (name.startsWith('/')) return 'has an absolute path';
  if (/^[A-Za-z]:/.test(name)) return 'has a drive letter in its path';
  if (name.split('/').includes('..')) return 'leaves the target folder by ".."';
  return /^[./]*$/.test(name) && !name.endsWith('/') ? 'has no name' : null;
}

function kindByMode(entry: Entry): string | null {
  const type = (entry.externalFileAttributes >>> 16) & TYPE_MASK;
  if (type === SYMBOLIC_LINK) return 'is a symbolic link';
  return type === 0 || type === REGULAR_FILE || type === DIRECTORY ? null : 'is not a regular file';
}

function whatIsWrongWithContent(entry: Entry, limits: ZipLimits): string | null {
  const { uncompressedSize: size, compressedSize, compressionMethod } = entry;
  if (entry.isEncrypted()) return 'is encrypted';
  if (compressionMethod !== STORED && compressionMethod !== DEFLATED) return `is compressed by a method that is not supported (${compressionMethod})`;
  if (size > limits.maxEntryBytes) return `unpacks to ${size} bytes; at most ${limits.maxEntryBytes} are accepted`;
  if (size > limits.ratioFromBytes && size > compressedSize * limits.maxRatio) {
    return `unpacks to more than ${limits.maxRatio} times its compressed size`;
  }
  return null;
}

/** Bytes of the name: Info-ZIP's Unicode path (version 1, CRC-32 of the first name, name) where it is there and valid. */
export function entryName(entry: Entry): Uint8Array {
  const unicode = entry.extraFields.find(({ id, data }) => id === UNICODE_PATH_FIELD && data.length > 5 && data[0] === 1);
  return unicode?.data.readUInt32LE(1) === crc32(entry.fileNameRaw) ? unicode.data.subarray(5) : entry.fileNameRaw;
}

function modifiedAt(entry: Entry): number {
  const time = entry.getLastModDate({ timezone: 'UTC' }).getTime();
  return Number.isFinite(time) ? Math.max(0, Math.floor(time)) : 0;
}

function refused(reason: string): CheckedZipEntry {
  return { kind: 'refused', reason };
}
