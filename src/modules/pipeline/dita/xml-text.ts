import { isUtf8 } from 'node:buffer';
import { XmlError } from './xml-error.js';

/** How far into a file an XML declaration is looked for. */
const DECLARATION_BYTES = 1024;
const DECLARED_ENCODING = /^<\?xml\s[^>]*?\sencoding\s*=\s*(?:"([^"]*)"|'([^']*)')/;

/** Text of an XML file by BOM, sniffing or declaration, strictly (extraction.md, section 4). @throws XmlError ENCODING */
export function decodeXml(bytes: Uint8Array): string {
  const bom = byteOrderMark(bytes);
  if (bom) return decodeWithBom(bytes, bom);
  const wide = sniffUtf16(bytes);
  if (wide) return strictly(bytes, wide);
  const declared = DECLARED_ENCODING.exec(Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, DECLARATION_BYTES)).toString('latin1'));
  const encoding = (declared?.[1] ?? declared?.[2] ?? 'utf-8').trim().toLowerCase();
  if (/^(utf-?16|utf-?32|ucs-?[24]|iso-10646-ucs)/.test(encoding)) {
    throw new XmlError('ENCODING', 1, null, `The file declares ${encoding} but has one byte per character.`);
  }
  return strictly(bytes, encoding);
}

/** Characters of windows-1252 at 0x80 to 0x9f; 0 where there is none. */
const WINDOWS_1252 = [
  0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0,
  0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178,
];
const windows1252 = (byte: number): number | null => (byte > 0x9f ? byte : WINDOWS_1252[byte - 0x80] || null);
const latin1 = (byte: number): number => byte;
const ascii = (): null => null;

/** Encodings that the platform's decoder takes for one another (it reads all of these as one). */
const SINGLE_BYTE: Readonly<Record<string, (byte: number) => number | null>> = {
  'windows-1252': windows1252,
  cp1252: windows1252,
  'iso-8859-1': latin1,
  latin1,
  'us-ascii': ascii,
  ascii,
};

interface Bom {
  encoding: 'utf-8' | 'utf-16le' | 'utf-16be';
  length: number;
}

function byteOrderMark(bytes: Uint8Array): Bom | null {
  const [a, b, c] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) return { encoding: 'utf-8', length: 3 };
  if (a === 0xff && b === 0xfe) return { encoding: 'utf-16le', length: 2 };
  if (a === 0xfe && b === 0xff) return { encoding: 'utf-16be', length: 2 };
  return null;
}

function sniffUtf16(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | null {
  const [a, b, c, d] = bytes;
  if (a === 0x3c && b === 0 && c === 0x3f && d === 0) return 'utf-16le';
  if (a === 0 && b === 0x3c && c === 0 && d === 0x3f) return 'utf-16be';
  return null;
}

function decodeWithBom(bytes: Uint8Array, bom: Bom): string {
  const text = strictly(bytes.subarray(bom.length), bom.encoding);
  // The parser would take a second one for the first.
  if (text.startsWith('\uFEFF')) throw new XmlError('NOT_WELL_FORMED', 1, null, 'A second byte order mark stands before the document.');
  const declared = DECLARED_ENCODING.exec(text.slice(0, DECLARATION_BYTES));
  const encoding = (declared?.[1] ?? declared?.[2] ?? bom.encoding).trim().toLowerCase();
  const agrees = encoding === bom.encoding || (encoding === 'utf-16' && bom.encoding !== 'utf-8') || (encoding === 'utf8' && bom.encoding === 'utf-8');
  if (!agrees) throw new XmlError('ENCODING', 1, null, `The byte order mark says ${bom.encoding} but the file declares ${encoding}.`);
  return text;
}

function strictly(bytes: Uint8Array, encoding: string): string {
  if ((encoding === 'utf-8' || encoding === 'utf8') && isUtf8(bytes)) {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  }
  const upperHalf = SINGLE_BYTE[encoding];
  if (upperHalf) return decodeSingleByte(bytes, encoding, upperHalf);
  const decoder = decoderFor(encoding);
  try {
    return decoder().decode(bytes);
  } catch {
    throw invalidBytes(encoding, validPrefix(bytes, decoder));
  }
}

type NewDecoder = () => InstanceType<typeof TextDecoder>;

function decoderFor(encoding: string): NewDecoder {
  try {
    const { encoding: label } = new TextDecoder(encoding);
    return () => new TextDecoder(label, { fatal: true, ignoreBOM: true });
  } catch {
    throw new XmlError('ENCODING', 1, null, `The encoding "${printable(encoding)}" is unknown.`);
  }
}

/** The text before the first byte sequence that cannot be decoded, found by halving. */
function validPrefix(bytes: Uint8Array, decoder: NewDecoder): string {
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (decodesAsPrefix(bytes.subarray(0, middle), decoder)) good = middle;
    else bad = middle;
  }
  return decoder().decode(bytes.subarray(0, good), { stream: true });
}

function decodesAsPrefix(bytes: Uint8Array, decoder: NewDecoder): boolean {
  try {
    decoder().decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** Byte by byte: below 0x80 as in ASCII, above by `upperHalf`, where null is no character. */
function decodeSingleByte(bytes: Uint8Array, encoding: string, upperHalf: (byte: number) => number | null): string {
  const units = new Uint16Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    const unit = byte < 0x80 ? byte : upperHalf(byte);
    if (unit === null) throw invalidBytes(encoding, Buffer.from(bytes.subarray(0, i)).toString('latin1'));
    units[i] = unit;
  }
  return new TextDecoder('utf-16le').decode(units);
}

/** CRLF, LF and CR each end one line. */
export function countLineEnds(text: string): number {
  let lines = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 10 || (c === 13 && text.charCodeAt(i + 1) !== 10)) lines++;
  }
  return lines;
}

function invalidBytes(encoding: string, readable: string): XmlError {
  return new XmlError('ENCODING', 1 + countLineEnds(readable), null, `The bytes are not valid ${printable(encoding)}.`, readable);
}

function printable(text: string): string {
  return text.replace(/[^\x21-\x7e]/g, '?').slice(0, 40);
}
