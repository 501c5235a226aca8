import type { Extraction } from '../../contracts/asset.js';
import type { AssetSource, ExtractionOptions } from '../../contracts/pipeline.js';
import { type TextFormat, textFormatOf } from './bytes-wanted.js';
import { extractXml } from './dita/extract-xml.js';
import { vocabularyWith } from './dita/vocabulary.js';
import { extractOther } from './image/extract-image.js';
import { extractCss } from './web/extract-css.js';
import { extractHtml } from './web/extract-html.js';
import { extractMarkdown } from './web/extract-markdown.js';

type TextExtractor = (source: AssetSource, options: ExtractionOptions) => Omit<Extraction, 'renditions'>;

const EXTRACTORS: Readonly<Record<TextFormat, TextExtractor>> = {
  xml: (source, { limits, elementClasses }) => extractXml(source, limits, vocabularyWith(elementClasses)),
  markdown: extractMarkdown,
  html: extractHtml,
  css: extractCss,
};

/** Everything that the bytes of an asset say. Synchronous for text, so that a thread loses no time between small files. */
export function extractAsset(source: AssetSource, options: ExtractionOptions): Extraction | Promise<Extraction> {
  const format = textFormatOf(source.path);
  return format === null ? extractOther(source, options) : { ...EXTRACTORS[format](source, options), renditions: [] };
}
