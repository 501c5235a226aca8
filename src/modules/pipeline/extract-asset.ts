import type { Extraction } from '../../contracts/asset.js';
import type { AssetSource, ExtractionOptions } from '../../contracts/pipeline.js';
import { fileExtension } from '../../contracts/repository-path.js';
import { extractXml } from './dita/extract-xml.js';
import { extractOther } from './image/extract-image.js';
import { extractCss } from './web/extract-css.js';
import { extractHtml } from './web/extract-html.js';
import { extractMarkdown } from './web/extract-markdown.js';

type Extractor = (source: AssetSource, options: ExtractionOptions) => Extraction | Promise<Extraction>;

const xml: Extractor = (source, options) => ({ ...extractXml(source, options.limits), renditions: [] });
const text = (extract: (source: AssetSource) => Omit<Extraction, 'renditions'>): Extractor => (source) => ({ ...extract(source), renditions: [] });

/** Who reads what, by extension (extraction.md, section 3.1); the five XML extensions are then decided by content. */
const EXTRACTORS: Readonly<Record<string, Extractor>> = {
  dita: xml,
  ditamap: xml,
  bookmap: xml,
  xml,
  ditaval: xml,
  md: text(extractMarkdown),
  markdown: text(extractMarkdown),
  mdita: text(extractMarkdown),
  html: text(extractHtml),
  htm: text(extractHtml),
  xhtml: text(extractHtml),
  css: text(extractCss),
};

/** Bytes that tell the type and dimensions of what is not read whole. */
const HEAD_BYTES = 256 * 1024;
const IMAGE_EXTENSIONS = new Set(['png', 'jpg', 'jpeg', 'gif', 'webp', 'tif', 'tiff', 'avif', 'svg']);

/** Everything that the bytes of an asset say. Synchronous for text, so that a thread loses no time between small files. */
export function extractAsset(source: AssetSource, options: ExtractionOptions): Extraction | Promise<Extraction> {
  return (EXTRACTORS[fileExtension(source.path)] ?? extractOther)(source, options);
}

/** How many bytes of an asset extraction wants to see: text whole, up to one more than is read; of others the beginning. */
export function bytesWanted(path: string, options: ExtractionOptions): number {
  const extension = fileExtension(path);
  const whole = extension in EXTRACTORS || (options.renditions && IMAGE_EXTENSIONS.has(extension));
  return whole ? options.limits.maxXmlBytes + 1 : HEAD_BYTES;
}
