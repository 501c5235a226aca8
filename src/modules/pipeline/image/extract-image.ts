import type { AssetFacts, Extraction } from '../../../contracts/asset.js';
import type { AssetSource, ExtractionOptions } from '../../../contracts/pipeline.js';
import { emptyFacts } from '../empty-facts.js';
import { mimeTypeByContent } from '../mime-type-by-content.js';
import { readImageFacts } from './image-facts.js';
import { makeThumbnails } from './renditions.js';

const PIXELS_PER_MEGAPIXEL = 1_000_000;

/** An asset that is neither XML nor text: its type, and for an image its dimensions and thumbnails. */
export async function extractOther(source: AssetSource, options: ExtractionOptions): Promise<Extraction> {
  const mimeType = await mimeTypeByContent(source.path, source.bytes);
  const facts = emptyFacts('OTHERS', mimeType);
  if (!mimeType.startsWith('image/')) return { facts, refs: [], renditions: [] };
  const image = readImageFacts(source.bytes);
  if (image === null) return { facts: { ...facts, warnings: ['the dimensions of the image could not be read'] }, refs: [], renditions: [] };
  const maxPixels = options.limits.maxImageMegapixels * PIXELS_PER_MEGAPIXEL;
  if (image.widthPx * image.heightPx > maxPixels) return { facts: tooLarge(facts, image.widthPx, image.heightPx, options), refs: [], renditions: [] };
  const withImage = { ...facts, image };
  if (!options.renditions) return { facts: withImage, refs: [], renditions: [] };
  return addThumbnails(source, withImage, maxPixels);
}

async function addThumbnails(source: AssetSource, facts: AssetFacts, maxPixels: number): Promise<Extraction> {
  try {
    return { facts, refs: [], renditions: await makeThumbnails(source.bytes, maxPixels) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { facts: { ...facts, warnings: [`no thumbnails could be made: ${reason}`] }, refs: [], renditions: [] };
  }
}

function tooLarge(facts: AssetFacts, widthPx: number, heightPx: number, { limits }: ExtractionOptions): AssetFacts {
  const message = `The image has ${widthPx} × ${heightPx} pixels; at most ${limits.maxImageMegapixels} megapixels are processed.`;
  return { ...facts, error: { code: 'IMAGE_LIMIT', line: null, column: null, message } };
}
