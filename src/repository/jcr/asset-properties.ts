import type { AssetPatch } from '../../contracts/asset.js';
import type { NewAsset } from '../../contracts/asset-repository.js';
import { fileExtension, fileName } from '../../contracts/repository-path.js';
import { jcrDate, type JcrProperty, type PropertyTypeName } from './property-type.js';

/** Properties of `jcr:content` that processing writes and, where they no longer apply, removes. Names as AEM Guides writes them. */
export const CONTENT_PROPERTIES = [
  'fmUuid',
  'fmditaTitle',
  'fmditaTopicrefs',
  'dita_class',
  'fmProcessingStatus',
  'fmProcessingError',
  'fmProcessedAt',
] as const;

/** The same for `jcr:content/metadata`. */
export const METADATA_PROPERTIES = ['dc:title', 'dc:format', 'tiff:ImageWidth', 'tiff:ImageLength', 'tiff:Orientation'] as const;

/** `jcr:content` of a processed asset. */
export function contentProperties(patch: AssetPatch): JcrProperty[] {
  const { facts } = patch;
  return present([
    ['fmUuid', 'STRING', patch.uuid],
    ['fmditaTitle', 'STRING', facts.title],
    ['fmditaTopicrefs', 'STRING', patch.topicrefs.length > 0 ? patch.topicrefs : null],
    ['dita_class', 'STRING', facts.ditaClass],
    ['fmProcessingStatus', 'STRING', patch.outcome],
    ['fmProcessingError', 'STRING', facts.error?.message ?? null],
    ['fmProcessedAt', 'DATE', jcrDate(patch.processedAtMs)],
  ]);
}

/** `jcr:content/metadata` of a processed asset. */
export function metadataProperties(patch: AssetPatch): JcrProperty[] {
  const { facts } = patch;
  return present([
    ['dc:title', 'STRING', facts.title ?? nameWithoutExtension(patch.ref.path)],
    ['dc:format', 'STRING', facts.mimeType],
    ['tiff:ImageWidth', 'LONG', facts.image && String(facts.image.widthPx)],
    ['tiff:ImageLength', 'LONG', facts.image && String(facts.image.heightPx)],
    ['tiff:Orientation', 'LONG', facts.image && String(facts.image.orientation)],
  ]);
}

/** `dam:Asset` node of a new asset. */
export function assetNodeProperties(asset: NewAsset, uuid: string, createdAtMs: number): JcrProperty[] {
  return present([
    ['jcr:uuid', 'STRING', uuid],
    ['jcr:created', 'DATE', jcrDate(createdAtMs)],
    ['jcr:createdBy', 'STRING', asset.createdBy],
  ]);
}

/** What an upload changes: the modification date, size and bytes. */
export function uploadedProperties(asset: NewAsset): { content: JcrProperty[]; metadata: JcrProperty[]; resource: JcrProperty[] } {
  const modified = jcrDate(asset.modifiedAtMs);
  return {
    content: present([['jcr:lastModified', 'DATE', modified]]),
    metadata: present([
      ['dam:size', 'LONG', String(asset.blob.sizeBytes)],
      ['dc:format', 'STRING', asset.mimeType],
    ]),
    resource: resourceProperties(asset.blob.sha256, asset.mimeType, modified),
  };
}

/** `jcr:content` of an `nt:file`. */
export function resourceProperties(sha256: string, mimeType: string, modified: string): JcrProperty[] {
  return present([
    ['jcr:data', 'BINARY', sha256],
    ['jcr:mimeType', 'STRING', mimeType],
    ['jcr:lastModified', 'DATE', modified],
  ]);
}

function nameWithoutExtension(path: string): string {
  const name = fileName(path);
  const extension = fileExtension(path);
  return extension === '' ? name : name.slice(0, -extension.length - 1);
}

function present(candidates: readonly [string, PropertyTypeName, string | string[] | null][]): JcrProperty[] {
  return candidates.flatMap(([name, type, value]) => (value === null ? [] : [{ name, type, value }]));
}
