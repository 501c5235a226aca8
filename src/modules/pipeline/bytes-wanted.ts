import type { ExtractionOptions } from '../../contracts/pipeline.js';
import { fileExtension } from '../../contracts/repository-path.js';

/** Formats whose text is read, by extension (extraction.md, section 3.1); the five of XML are then told apart by content. */
export const TEXT_FORMATS = {
  dita: 'xml',
  ditamap: 'xml',
  bookmap: 'xml',
  xml: 'xml',
  ditaval: 'xml',
  md: 'markdown',
  markdown: 'markdown',
  mdita: 'markdown',
  html: 'html',
  htm: 'html',
  xhtml: 'html',
  css: 'css',
} as const satisfies Record<string, string>;

export type TextFormat = (typeof TEXT_FORMATS)[keyof typeof TEXT_FORMATS];

/** Bytes that tell the type and dimensions of what is not read whole. */
const HEAD_BYTES = 256 * 1024;
const IMAGE_EXTENSIONS = new Set(['png', 'jpg', 'jpeg', 'gif', 'webp', 'tif', 'tiff', 'avif', 'svg']);

/** Null for what is not read as text. */
export function textFormatOf(path: string): TextFormat | null {
  const extension = fileExtension(path);
  return isTextExtension(extension) ? TEXT_FORMATS[extension] : null;
}

/** How many bytes of an asset extraction wants to see: text whole, up to one more than is read; of others the beginning. */
export function bytesWanted(path: string, options: ExtractionOptions): number {
  const whole = textFormatOf(path) !== null || (options.renditions && IMAGE_EXTENSIONS.has(fileExtension(path)));
  return whole ? options.limits.maxXmlBytes + 1 : HEAD_BYTES;
}

function isTextExtension(extension: string): extension is keyof typeof TEXT_FORMATS {
  return Object.hasOwn(TEXT_FORMATS, extension);
}
