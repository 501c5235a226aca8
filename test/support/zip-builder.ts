import { crc32, deflateRawSync } from 'node:zlib';

/** One entry of an archive made by hand; whatever is not given is told truly. */
export interface ZipEntrySpec {
  name: string | Uint8Array;
  content?: string | Uint8Array;
  /** @default true */
  deflate?: boolean;
  /** General purpose bits. @default 0x800 (the name is UTF-8) */
  flags?: number;
  /** Unix mode with the kind of file, e.g. 0o120777 for a symbolic link. */
  mode?: number;
  method?: number;
  declaredSize?: number;
  declaredCrc?: number;
  /** Bytes that stand in place of the compressed content. */
  raw?: Uint8Array;
  /** Sizes and offset in the zip64 extra field. */
  zip64?: boolean;
  extra?: Uint8Array;
}

const MAX_32 = 0xffffffff;

/** The bytes of a ZIP archive, faults included (APPNOTE 6.3). */
export function buildZip(entries: readonly ZipEntrySpec[], options: { zip64End?: boolean } = {}): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const spec of entries) {
    const entry = encode(spec);
    const local = Buffer.concat([localHeader(entry), entry.name, entry.body]);
    directory.push(centralHeader(entry, offset));
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  return Buffer.concat([...parts, central, ...endRecords(entries.length, central.length, offset, options.zip64End ?? false)]);
}

function encode(spec: ZipEntrySpec) {
  const content = Buffer.from(spec.content ?? '');
  const deflate = spec.deflate ?? true;
  const body = spec.raw ? Buffer.from(spec.raw) : deflate ? deflateRawSync(content) : content;
  return {
    name: Buffer.from(spec.name),
    body,
    method: spec.method ?? (deflate ? 8 : 0),
    flags: spec.flags ?? 0x800,
    crc: spec.declaredCrc ?? crc32(content),
    size: spec.declaredSize ?? content.length,
    attributes: ((spec.mode ?? 0o100644) << 16) >>> 0,
    zip64: spec.zip64 ?? false,
    extra: Buffer.from(spec.extra ?? []),
  };
}

type Encoded = ReturnType<typeof encode>;

function localHeader(entry: Encoded): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(20, 4);
  writeCommon(header, entry, 6);
  return header;
}

function centralHeader(entry: Encoded, offset: number): Buffer {
  const header = Buffer.alloc(46);
  const extra = entry.zip64 ? Buffer.concat([zip64Field(entry, offset), entry.extra]) : entry.extra;
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE((3 << 8) | 45, 4);
  header.writeUInt16LE(20, 6);
  writeCommon(header, entry, 8);
  if (entry.zip64) {
    header.writeUInt32LE(MAX_32, 20);
    header.writeUInt32LE(MAX_32, 24);
  }
  header.writeUInt16LE(extra.length, 30);
  header.writeUInt32LE(entry.attributes, 38);
  header.writeUInt32LE(entry.zip64 ? MAX_32 : offset, 42);
  return Buffer.concat([header, entry.name, extra]);
}

/** Flags, method, time, checksum, sizes and length of the name, which both headers have in this order. */
function writeCommon(header: Buffer, entry: Encoded, at: number): void {
  header.writeUInt16LE(entry.flags, at);
  header.writeUInt16LE(entry.method, at + 2);
  header.writeUInt16LE(0x6000, at + 4);
  header.writeUInt16LE(0x5a21, at + 6);
  header.writeUInt32LE(entry.crc, at + 8);
  header.writeUInt32LE(entry.body.length, at + 12);
  header.writeUInt32LE(entry.size, at + 16);
  header.writeUInt16LE(entry.name.length, at + 20);
}

function zip64Field(entry: Encoded, offset: number): Buffer {
  const field = Buffer.alloc(28);
  field.writeUInt16LE(1, 0);
  field.writeUInt16LE(24, 2);
  field.writeBigUInt64LE(BigInt(entry.size), 4);
  field.writeBigUInt64LE(BigInt(entry.body.length), 12);
  field.writeBigUInt64LE(BigInt(offset), 20);
  return field;
}

function endRecords(count: number, size: number, offset: number, zip64: boolean): Buffer[] {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(zip64 ? 0xffff : count, 8);
  end.writeUInt16LE(zip64 ? 0xffff : count, 10);
  end.writeUInt32LE(zip64 ? MAX_32 : size, 12);
  end.writeUInt32LE(zip64 ? MAX_32 : offset, 16);
  return zip64 ? [zip64End(count, size, offset), zip64Locator(offset + size), end] : [end];
}

function zip64End(count: number, size: number, offset: number): Buffer {
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeUInt16LE(45, 12);
  record.writeUInt16LE(45, 14);
  record.writeBigUInt64LE(BigInt(count), 24);
  record.writeBigUInt64LE(BigInt(count), 32);
  record.writeBigUInt64LE(BigInt(size), 40);
  record.writeBigUInt64LE(BigInt(offset), 48);
  return record;
}

function zip64Locator(recordOffset: number): Buffer {
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(recordOffset), 8);
  locator.writeUInt32LE(1, 16);
  return locator;
}
