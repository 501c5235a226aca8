import type { AssetRef } from './asset.js';
import type { AssetSource } from './pipeline.js';
import type { Tx } from './unit-of-work.js';

/**
 * A kind of job of the host's own: its work on each selected asset, within the jobs of the product, which plan, lease, checkpoint,
 * count, log, cancel and resume as they do for `ASSET_PROCESSING` (processing.md, "Pipeline").
 */
export interface JobType<Result = unknown> {
  /** What callers give as `type`: capitals, digits and `_`, e.g. `CMS_PUBLISH`. */
  readonly name: string;
  /** How many bytes of the asset `process` wants to see. @default all, at most `processing.limits.maxXmlBytes` */
  bytesWanted?(path: string): number;
  /**
   * Works on one asset, outside of any transaction, and writes nothing that must not be written twice: a batch that cannot commit
   * is done again. Throwing fails this asset alone, with the message in the job's log; so does running past
   * `processing.limits.maxParseMs`.
   */
  process(asset: AssetSource, signal: AbortSignal): Result | Promise<Result>;
  /**
   * Writes the results of a batch. What goes through `tx` commits with the batch's counts, log and checkpoint, or not at all; the
   * assets are locked, and still as `process` saw them.
   */
  store(results: readonly JobTypeResult<Result>[], tx: Tx): Promise<void>;
}

/** What `process` made of one asset. */
export interface JobTypeResult<Result> {
  ref: AssetRef;
  result: Result;
}
