import type { Extraction } from './asset.js';

/** What a step gets to see of an asset. */
export interface AssetSource {
  /** Absolute repository path. */
  path: string;
  /** Root against which `/…` references and `..` are judged (extraction.md: the DAM root), e.g. `/content/dam`. */
  damRoot: string;
  /** Whole size; `bytes` may be only its beginning where nothing but the type is needed. */
  sizeBytes: number;
  bytes: Uint8Array;
}

/** Bounds on hostile input (extraction.md, "In the product"); each one hit is a FAILED asset with a reason. */
export interface ExtractionLimits {
  /** @default 67108864 (64 MiB) */
  maxXmlBytes: number;
  /** @default 10000 */
  maxElementDepth: number;
  /** Wall time one asset may take in its worker thread. @default 10000 */
  maxParseMs: number;
  /** @default 1000000 */
  maxEntityExpansionChars: number;
  /** @default 100 */
  maxImageMegapixels: number;
}

export const DEFAULT_EXTRACTION_LIMITS: ExtractionLimits = {
  maxXmlBytes: 64 * 1024 * 1024,
  maxElementDepth: 10_000,
  maxParseMs: 10_000,
  maxEntityExpansionChars: 1_000_000,
  maxImageMegapixels: 100,
};

/**
 * One named, versioned step of the pipeline. Returns what it adds and never writes. A change of `version` makes
 * every asset count as unprocessed by this pipeline. Throwing fails this asset alone, under the step's name.
 */
export interface ProcessingStep {
  readonly name: string;
  readonly version: number;
  process(asset: AssetSource, soFar: Extraction, signal: AbortSignal): Extraction | Promise<Extraction>;
}

export interface ExtractionOptions {
  limits: ExtractionLimits;
  /** Make the thumbnails of images (needs `sharp`). */
  renditions: boolean;
  /** Lines for the vocabulary besides those of DITA itself: `name module/type module/type …`. @default none */
  elementClasses?: readonly string[];
}

/** What the pipeline says of one asset: facts, or the step that failed with its reason. */
export interface PipelineResult {
  path: string;
  sha256: string;
  extraction: Extraction;
  /** What a host's own type of job made of the asset, instead of facts. */
  output?: { value: unknown };
  /** Name of the step that refused the asset, null when none did. */
  failedStep: string | null;
  /** Time spent on this asset. */
  elapsedMs: number;
}

/** Runs the ordered steps over assets, in worker threads. */
export interface Pipeline {
  /** Names and versions of all steps and the vocabulary: equal versions give equal results for equal bytes. */
  readonly version: string;
  /** How many bytes of an asset the steps want to see, by its path. */
  bytesWanted(path: string): number;
  /**
   * Never rejects for an asset's sake: an asset that kills its thread or outruns its time is a failed result. Buffers may be transferred away.
   * @throws the signal's reason when aborted.
   */
  run(assets: readonly PipelineInput[], signal: AbortSignal): Promise<PipelineResult[]>;
  close(): Promise<void>;
}

export interface PipelineInput extends AssetSource {
  /** Known hash, or null to have it computed (then `bytes` must be whole). */
  sha256: string | null;
}
