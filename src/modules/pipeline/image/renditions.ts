import type { Rendition } from '../../../contracts/asset.js';
import { loadOptional } from '../../../contracts/optional-package.js';

/** Boxes that thumbnails fit into, as AEM names them (extraction.md, "Images"). */
const THUMBNAILS = [
  { widthPx: 48, heightPx: 48 },
  { widthPx: 140, heightPx: 100 },
  { widthPx: 319, heightPx: 319 },
] as const;

type Sharp = Awaited<ReturnType<typeof importSharp>>;

/** Loaded when the first thumbnail is made: a service without renditions needs no sharp. */
let loading: Promise<Sharp> | null = null;

/**
 * PNG thumbnails that fit inside their boxes, never enlarged, with the EXIF orientation applied.
 * @param maxPixels refuses images that would unpack to more.
 * @throws ConfigurationError when sharp is not installed; the library's error for a broken image.
 */
export async function makeThumbnails(bytes: Uint8Array, maxPixels: number): Promise<Rendition[]> {
  const { default: sharp } = await loadSharp();
  const renditions: Rendition[] = [];
  for (const { widthPx, heightPx } of THUMBNAILS) {
    const png = await sharp(bytes, { limitInputPixels: maxPixels })
      .rotate()
      .resize({ width: widthPx, height: heightPx, fit: 'inside', withoutEnlargement: true })
      .png()
      .toBuffer();
    renditions.push({ name: `cq5dam.thumbnail.${widthPx}.${heightPx}.png`, mimeType: 'image/png', bytes: png });
  }
  return renditions;
}

const importSharp = () => import('sharp');

/** @throws ConfigurationError when sharp is not installed. */
export function loadSharp(): Promise<Sharp> {
  loading ??= loadOptional('The setting processing.renditions', importSharp);
  return loading;
}
