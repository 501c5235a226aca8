import type { BatchId } from './job.js';

/**
 * Brings batches to whoever has room. A nudge, never the truth: a lost or doubled message changes nothing but time
 * (processing.md, rule 2).
 */
export interface WorkQueue {
  /** Never rejects: what could not be handed on is found in the database again. */
  offer(batches: readonly BatchId[]): Promise<void>;
  /** Starts taking batches; `run` never rejects. `look` is called when any process has announced work. */
  consume(run: (batch: BatchId, signal: AbortSignal) => Promise<void>, look: () => void): Promise<void>;
  /** Tells every process that takes batches that there is something new to look for in the database. */
  announce(): void;
  /** Throws away what is being done for a job (cancel): here at once, elsewhere as soon as the word arrives. */
  abort(processingId: string): void;
  /** Stops taking, waits for what runs, at most `deadlineMs`, then aborts it; lets go of all connections. */
  drain(deadlineMs: number): Promise<void>;
}
