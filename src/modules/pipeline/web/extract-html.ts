import type { AssetFacts, Reference } from '../../../contracts/asset.js';
import type { AssetSource } from '../../../contracts/pipeline.js';
import { emptyFacts } from '../empty-facts.js';
import { mimeTypeByName } from '../mime-type-by-name.js';
import { readHtml } from './html-reader.js';
import { decodeHtml } from './text-decoding.js';

/** Facts and references of an HTML file (extraction.md, section 10). Never throws for its content. */
export function extractHtml(source: AssetSource): { facts: AssetFacts; refs: Reference[] } {
  const { title, lang, refs } = readHtml(decodeHtml(source.bytes), source);
  const mimeType = mimeTypeByName(source.path);
  return { facts: { ...emptyFacts('HTML/CSS', mimeType), title, lang }, refs };
}
