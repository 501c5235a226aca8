import type { BlobRef } from './blob-store.js';

/** The kinds of content that processing tells apart (http-api.md, `filter.fileTypes`). */
export const FILE_TYPES = ['DITATOPIC', 'DITAMAP', 'MARKDOWN', 'HTML/CSS', 'DITAVAL', 'OTHERS'] as const;
export type FileType = (typeof FILE_TYPES)[number];

/** Why an XML file was refused (extraction.md, section 2), or which limit it hit ("In the product"). */
export const EXTRACTION_ERROR_CODES = [
  'NOT_WELL_FORMED',
  'ENCODING',
  'EMPTY',
  'ENTITY_LIMIT',
  'RECURSIVE_ENTITY',
  'SIZE_LIMIT',
  'DEPTH_LIMIT',
  'TIME_LIMIT',
  'IMAGE_LIMIT',
  'WORKER_LOST',
  'INTERNAL',
] as const;
export type ExtractionErrorCode = (typeof EXTRACTION_ERROR_CODES)[number];

export interface ExtractionError {
  code: ExtractionErrorCode;
  /** 1-based line, null where there is none (images, lost workers). */
  line: number | null;
  /** 1-based column in UTF-16 units, null where unknown. */
  column: number | null;
  message: string;
}

/** What became of a reference (extraction.md, section 8); `null` until the reference phase has looked it up. */
export const REFERENCE_STATUSES = [
  'ok',
  'empty',
  'external',
  'outside-root',
  'missing-file',
  'missing-fragment',
  'unverified-fragment',
  'peer',
  'key',
  'keyed',
  'copy-to',
] as const;
export type ReferenceStatus = (typeof REFERENCE_STATUSES)[number];

export const BROKEN_STATUSES: readonly ReferenceStatus[] = ['missing-file', 'missing-fragment', 'outside-root'];

/** One reference of an asset (extraction.md, section 7), in document order. */
export interface Reference {
  kind: string;
  element: string;
  attribute: string;
  /** The parsed attribute value, untrimmed. */
  raw: string;
  scope: string | null;
  format: string | null;
  /** Absolute repository path, or null where the reference names none. */
  target: string | null;
  /** Percent-decoded fragment without `#`. */
  fragment: string | null;
  /** Null: a local target that only the repository can confirm. */
  status: ReferenceStatus | null;
  key: string | null;
  keyElement: string | null;
  defaulted: string[];
  /** 1-based line of the element's `<`. */
  line: number;
}

/** A key definition (extraction.md, section 9). */
export interface KeyDefinition {
  keys: string[];
  element: string;
  href: string | null;
  target: string | null;
  fragment: string | null;
  scope: string | null;
  format: string | null;
  keyref: string | null;
  processingRole: string;
  text: string | null;
  line: number;
  status: ReferenceStatus | null;
}

/**
 * One element of a map that key spaces are made of (extraction.md, section 9): the root, topicrefs and what is handled
 * as such, and reltables. In document order; ordinals count the references of the whole file.
 */
export interface MapNode {
  /** Index of the enclosing node; -1 for the root. */
  parent: number;
  line: number;
  id?: string;
  /** Names of the scopes it opens. */
  keyscope?: string[];
  /** Its definition in `AssetFacts.keys`. */
  key?: number;
  /** Its keyref brings no topic into the scope: it is a ditavalref, an anchorref, a reltable or the root (section 9, "Who is in a scope"). */
  bringsNoTopic?: true;
  /** References of the element itself are [firstRef, ownEnd), with all that is below it [firstRef, endRef). */
  firstRef: number;
  ownEnd: number;
  endRef: number;
}

/** What key spaces need of a file beyond its keys and references. */
export interface KeyContext {
  /** Empty for topics. */
  nodes: MapNode[];
  /** Ordinals of key references that have an href or conref beside them to fall back to. */
  fallbacks: number[];
}

export interface ImageFacts {
  widthPx: number;
  heightPx: number;
  /** Lower-case name: png, jpeg, gif, webp, tiff, avif, svg. */
  format: string;
  /** EXIF orientation 1..8, 1 when absent. */
  orientation: number;
}

/** Everything that processing learns from the bytes of one asset (extraction.md, section 2), without `refs`. */
export interface AssetFacts {
  fileType: FileType;
  mimeType: string;
  /** Null for files that are never judged (Markdown, HTML, CSS, others). */
  wellFormed: boolean | null;
  error: ExtractionError | null;
  rootElement: string | null;
  domainType: string | null;
  /** Class tokens of the root (`map/map bookmap/bookmap`), for the provider's `dita_class`. */
  ditaClass: string | null;
  rootId: string | null;
  title: string | null;
  lang: string | null;
  shortdesc: string | null;
  topicIds: string[];
  elementIdCount: number;
  /** `topicId/elementId` in topics, plain ids for topics and in maps; document order. */
  elementIds: string[];
  keys: KeyDefinition[];
  metadata: { authors: string[]; keywords: string[] };
  unresolvedEntities: number;
  image: ImageFacts | null;
  /** DITA files only, and only where there is something to know. */
  keyContext?: KeyContext;
  /** Sentences for the job's log; the asset succeeds all the same. */
  warnings: string[];
}

/** Facts and references of one asset, as the pipeline returns them. */
export interface Extraction {
  facts: AssetFacts;
  refs: Reference[];
  renditions: Rendition[];
}

/** A generated image, to be stored beside the original. */
export interface Rendition {
  /** `cq5dam.thumbnail.319.319.png` */
  name: string;
  mimeType: string;
  bytes: Uint8Array;
}

export type AssetOutcome = 'SUCCESS' | 'FAILED';

/** An asset as a repository lists it: identity and version, no content. */
export interface AssetRef {
  /** Absolute repository path, compared by its UTF-8 bytes. */
  path: string;
  sizeBytes: number;
  /** Lower-case hex; null where the repository does not know it before reading. */
  sha256: string | null;
  /** Raised by every change of content; guards the write of results. */
  version: number;
  createdAtMs: number;
}

/** The result of processing one asset, which a provider persists in its own form. */
export interface AssetPatch {
  ref: AssetRef;
  sha256: string;
  uuid: string;
  /** Never processed before: nothing of an earlier run has to go. */
  isFirst: boolean;
  outcome: AssetOutcome;
  processedAtMs: number;
  facts: AssetFacts;
  /** Repository paths of local topic references in document order (`fmditaTopicrefs`). */
  topicrefs: string[];
  renditions: { name: string; mimeType: string; blob: BlobRef }[];
}
