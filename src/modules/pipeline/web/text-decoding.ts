import { scanHtml, type StartTag } from './html-scanner.js';
import { decodeWindows1252 } from './windows-1252.js';

/** HTML declares its encoding within so many bytes (extraction.md, section 10). */
const HTML_SNIFF_BYTES = 1024;

/** Markdown is UTF-8; what is not becomes U+FFFD. A BOM is skipped. */
export function decodeUtf8(bytes: Uint8Array): string {
  return new TextDecoder('utf-8').decode(bytes);
}

/** BOM, `meta charset`, XML declaration, UTF-8; never an error (extraction.md, section 10). */
export function decodeHtml(bytes: Uint8Array): string {
  return decodeAs(bytes, encodingOfBom(bytes) ?? declaredHtmlEncoding(bytes));
}

/** BOM, `@charset`, UTF-8; never an error. */
export function decodeCss(bytes: Uint8Array): string {
  return decodeAs(bytes, encodingOfBom(bytes) ?? declaredCssEncoding(bytes));
}

function decodeAs(bytes: Uint8Array, label: string | null): string {
  try {
    const decoder = new TextDecoder(label ?? 'utf-8');
    return decoder.encoding === 'windows-1252' ? decodeWindows1252(bytes) : decoder.decode(bytes);
  } catch {
    // An encoding nobody knows.
    return decodeUtf8(bytes);
  }
}

function encodingOfBom(bytes: Uint8Array): string | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return null;
}

function declaredHtmlEncoding(bytes: Uint8Array): string | null {
  const declared: { byMeta: string | null; byXml: string | null } = { byMeta: null, byXml: null };
  scanHtml(asciiHead(bytes, HTML_SNIFF_BYTES), {
    startTag(tag) {
      if (tag.name === 'meta') declared.byMeta ??= charsetOfMeta(tag);
    },
    comment(text) {
      // HTML reads an XML declaration as a comment that begins with `?xml`.
      if (text.startsWith('?xml')) declared.byXml ??= /\sencoding\s*=\s*["']([^"']*)["']/.exec(text)?.[1] ?? null;
    },
  });
  return asciiCompatible(declared.byMeta ?? declared.byXml);
}

function charsetOfMeta({ attributes }: StartTag): string | null {
  const charset = attributes.get('charset');
  if (charset !== undefined) return charset.trim();
  if (attributes.get('http-equiv')?.trim().toLowerCase() !== 'content-type') return null;
  return /charset\s*=\s*["']?([^\s"';]+)/i.exec(attributes.get('content') ?? '')?.[1] ?? null;
}

function declaredCssEncoding(bytes: Uint8Array): string | null {
  const head = asciiHead(bytes, HTML_SNIFF_BYTES);
  const prefix = '@charset "';
  const end = head.indexOf('";', prefix.length);
  return head.startsWith(prefix) && end > 0 ? asciiCompatible(head.slice(prefix.length, end)) : null;
}

/** What is read as ASCII cannot be UTF-16: such a declaration means UTF-8 (HTML, "prescan a byte stream"). */
function asciiCompatible(label: string | null): string | null {
  return label !== null && /^(?:x-)?(?:utf-?16|ucs-?2|unicode)/i.test(label) ? 'utf-8' : label;
}

function asciiHead(bytes: Uint8Array, length: number): string {
  const head = bytes.subarray(0, length);
  return Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1');
}
