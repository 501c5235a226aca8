import type { BatchId } from './job.js';

/**
 * Brings batches to whoever has room. A nudge, never the truth: a lost or doubled message changes nothing but time
 * (processing.md, rule 2).
 */
export interface WorkQueue {
  offer(batches: readonly BatchId[]): Promise<void>;
  /** Starts taking batches; `run` never rejects. */
  consume(run: (batch: BatchId, signal: AbortSignal) => Promise<void>): Promise<void>;
  /** Throws away what this process is doing for a job (cancel). */
  abort(processingId: string): void;
  /** Stops taking, waits for what runs, at most `deadlineMs`, then aborts it. */
  drain(deadlineMs: number): Promise<void>;
}
