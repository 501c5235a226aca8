import type { Extraction } from '../../contracts/asset.js';
import type { ExtractionOptions } from '../../contracts/pipeline.js';
import { packExtraction, type PackedExtraction, unpackExtraction } from './packed-extraction.js';

/** What a thread is started with. */
export interface WorkerStart {
  options: ExtractionOptions;
  /** Where the thread says what it is doing: [number of the chunk, index in it]; the parent may read it at any time. */
  progress: SharedArrayBuffer;
}

/** One asset of a chunk; its bytes are a part of the chunk's. */
export interface ChunkItem {
  path: string;
  damRoot: string;
  sizeBytes: number;
  sha256: string | null;
  offset: number;
  length: number;
}

/** Assets sent to a thread together: one message, one transferred buffer. */
export interface ChunkMessage {
  chunk: number;
  items: ChunkItem[];
  bytes: ArrayBuffer;
}

export interface ItemResult {
  sha256: string;
  extraction: Extraction;
  failedStep: string | null;
  elapsedMs: number;
}

/** A finished chunk. Results as JSON: the parent reads that twice as fast as a structured clone. */
export interface ChunkDone {
  chunk: number;
  json: string;
  /** Thumbnails by index of the item. */
  renditions: [index: number, renditions: Extraction['renditions']][];
}

type PackedResult = Omit<ItemResult, 'extraction'> & { extraction: PackedExtraction };

export function writeResults(results: readonly ItemResult[]): string {
  return JSON.stringify(results.map((result): PackedResult => ({ ...result, extraction: packExtraction(result.extraction) })));
}

export function readResults(json: string): ItemResult[] {
  return (JSON.parse(json) as PackedResult[]).map((result) => ({ ...result, extraction: unpackExtraction(result.extraction) }));
}

export const PROGRESS_CHUNK = 0;
export const PROGRESS_INDEX = 1;
export const PROGRESS_BYTES = 2 * Int32Array.BYTES_PER_ELEMENT;
