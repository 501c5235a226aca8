import { imageSize } from 'image-size';
import type { ImageFacts } from '../../../contracts/asset.js';

/** Names of formats as facts give them, by those that the library gives. */
const FORMATS: Readonly<Record<string, string>> = {
  png: 'png',
  jpg: 'jpeg',
  jpeg: 'jpeg',
  gif: 'gif',
  webp: 'webp',
  tiff: 'tiff',
  avif: 'avif',
  svg: 'svg',
};

/**
 * Dimensions, format and orientation from the first bytes of an image (extraction.md, "Images").
 * Null for what is no image of a known format, or is broken.
 */
export function readImageFacts(head: Uint8Array): ImageFacts | null {
  try {
    const { width, height, type, orientation } = imageSize(head);
    const format = FORMATS[type ?? ''];
    if (format === undefined || !(width > 0) || !(height > 0)) return null;
    return { widthPx: Math.round(width), heightPx: Math.round(height), format, orientation: orientation ?? 1 };
  } catch {
    return null; // whatever a hostile header makes the library throw, it is no readable image
  }
}
