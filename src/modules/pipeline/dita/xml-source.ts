import { isUtf8 } from 'node:buffer';
import { ExtractionFailure, lineEndsBefore } from './extraction-failure.js';

/** A decoded document. With `failure` set, `text` is only what stands before the offending byte. */
export interface XmlSource {
  /** A byte order mark is kept as the first character. */
  text: string;
  failure: ExtractionFailure | null;
}

/** How bytes become characters: a label that TextDecoder knows, or one of the two it gets wrong. */
type Codec = { kind: 'utf-8' } | { kind: 'latin1' } | { kind: 'ascii' } | { kind: 'decoder'; label: string };

/** The XML declaration stands in the first bytes, in ASCII (XML 1.0, appendix F). */
const DECLARATION_BYTES = 1024;
const DECLARED_ENCODING = /^<\?xml[ \t\r\n][^>]*?[ \t\r\n]encoding[ \t\r\n]*=[ \t\r\n]*(?:"([A-Za-z][A-Za-z0-9._-]*)"|'([A-Za-z][A-Za-z0-9._-]*)')/;
const LATIN_1 = new Set(['iso-8859-1', 'iso8859-1', 'iso_8859-1', 'latin1', 'latin-1', 'l1', 'iso-ir-100', 'cp819', 'ibm819']);
const ASCII = new Set(['us-ascii', 'ascii', 'iso646-us', 'ansi_x3.4-1968']);
const UTF_8 = new Set(['utf-8', 'utf8']);
const WIDE = /^(?:utf-?16|utf-?32|ucs-?[24]|iso-10646-ucs-[24])/;

/** Decodes a document strictly (extraction.md, section 4, "Encoding"). Never throws. */
export function decodeXml(bytes: Uint8Array): XmlSource {
  try {
    return decode(bytes, detectCodec(bytes));
  } catch (error) {
    if (error instanceof ExtractionFailure) return { text: '', failure: error };
    throw error;
  }
}

/** @throws ExtractionFailure (ENCODING, line 1) when the declaration cannot be true or names what is unknown. */
function detectCodec(bytes: Uint8Array): Codec {
  const [a, b, c, d] = bytes;
  if ((a === 0 && b === 0 && c === 0xfe && d === 0xff) || (a === 0xff && b === 0xfe && c === 0 && d === 0)) throw refused('UTF-32 is not supported');
  if (a === 0xff && b === 0xfe) return utf16(bytes, 'utf-16le');
  if (a === 0xfe && b === 0xff) return utf16(bytes, 'utf-16be');
  if (a === 0x3c && b === 0 && c === 0x3f && d === 0) return utf16(bytes, 'utf-16le');
  if (a === 0 && b === 0x3c && c === 0 && d === 0x3f) return utf16(bytes, 'utf-16be');
  const hasMark = a === 0xef && b === 0xbb && c === 0xbf;
  const declared = declaredEncoding(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).latin1Slice(hasMark ? 3 : 0, DECLARATION_BYTES));
  if (declared === null || UTF_8.has(declared)) return { kind: 'utf-8' };
  if (hasMark) throw refused(`The byte order mark says UTF-8, the declaration "${declared}"`);
  if (WIDE.test(declared)) throw refused(`The declared encoding "${declared}" is not that of the bytes`);
  if (LATIN_1.has(declared)) return { kind: 'latin1' };
  if (ASCII.has(declared)) return { kind: 'ascii' };
  try {
    new TextDecoder(declared, { fatal: true });
  } catch {
    throw refused(`The encoding "${declared}" is not known`);
  }
  return { kind: 'decoder', label: declared };
}

function utf16(bytes: Uint8Array, label: 'utf-16le' | 'utf-16be'): Codec {
  const start = new TextDecoder(label).decode(bytes.subarray(0, DECLARATION_BYTES));
  const declared = declaredEncoding(start);
  const otherOrder = label === 'utf-16le' ? /^utf-?16be$/ : /^utf-?16le$/;
  if (declared !== null && (!/^(?:utf-?16|ucs-?2|iso-10646-ucs-2)/.test(declared) || otherOrder.test(declared))) {
    throw refused(`The bytes are ${label.toUpperCase()}, the declaration says "${declared}"`);
  }
  return { kind: 'decoder', label };
}

function declaredEncoding(start: string): string | null {
  const match = DECLARED_ENCODING.exec(start);
  return (match?.[1] ?? match?.[2])?.toLowerCase() ?? null;
}

function decode(bytes: Uint8Array, codec: Codec): XmlSource {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (codec.kind === 'latin1') return { text: buffer.latin1Slice(), failure: null };
  if (codec.kind === 'ascii') {
    const bad = bytes.findIndex((byte) => byte > 0x7f);
    return bad < 0 ? { text: buffer.latin1Slice(), failure: null } : invalidByte(buffer.latin1Slice(0, bad), bad, codec.kind);
  }
  if (codec.kind === 'utf-8') {
    if (isUtf8(bytes)) return { text: buffer.utf8Slice(), failure: null };
    return decodeUntilInvalid(bytes, 'utf-8');
  }
  try {
    return { text: new TextDecoder(codec.label, { fatal: true, ignoreBOM: true }).decode(bytes), failure: null };
  } catch {
    return decodeUntilInvalid(bytes, codec.label);
  }
}

const SEARCH_STEP_BYTES = 4096;

/** Decodes in steps, then byte by byte where a step fails, to tell the line of the offending byte. */
function decodeUntilInvalid(bytes: Uint8Array, label: string): XmlSource {
  const options = { fatal: true, ignoreBOM: true };
  let good = 0;
  const coarse = new TextDecoder(label, options);
  while (good < bytes.length && accepts(coarse, bytes.subarray(good, good + SEARCH_STEP_BYTES)) !== null) good += SEARCH_STEP_BYTES;
  const fine = new TextDecoder(label, options);
  let text = accepts(fine, bytes.subarray(0, good)) ?? '';
  while (good < bytes.length) {
    const character = accepts(fine, bytes.subarray(good, good + 1));
    if (character === null) break;
    text += character;
    good++;
  }
  return invalidByte(text, Math.min(good, bytes.length), label);
}

function accepts(decoder: TextDecoder, bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes, { stream: true });
  } catch {
    return null;
  }
}

function invalidByte(text: string, offset: number, label: string): XmlSource {
  const line = 1 + lineEndsBefore(text, text.length);
  return { text, failure: new ExtractionFailure('ENCODING', `Byte ${offset + 1} is not valid in ${label.toUpperCase()}.`, line, null) };
}

function refused(reason: string): ExtractionFailure {
  return new ExtractionFailure('ENCODING', `${reason}.`, 1, null);
}
