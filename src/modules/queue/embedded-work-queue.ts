import type { BatchId } from '../../contracts/job.js';
import type { WorkQueue } from '../../contracts/work-queue.js';

/** Nudges kept in memory; what does not fit is found again in the database by the next sweep. */
const MAX_WAITING = 1000;

export type Run = (batch: BatchId, signal: AbortSignal) => Promise<void>;

/** The work queue inside one process: a short list and `concurrency` takers. Needs nothing but the database. */
export class EmbeddedWorkQueue implements WorkQueue {
  private readonly waiting = new Map<string, BatchId>();
  private readonly running = new Map<string, { batch: BatchId; abort: AbortController; done: Promise<void> }>();
  private run: Run | null = null;

  constructor(private readonly concurrency: number) {}

  offer(batches: readonly BatchId[]): Promise<void> {
    for (const batch of batches) {
      if (this.waiting.size >= MAX_WAITING) break;
      const key = keyOf(batch);
      if (!this.running.has(key)) this.waiting.set(key, batch);
    }
    this.fill();
    return Promise.resolve();
  }

  /** Nobody else announces anything here: whoever has work in this process looks for it himself. */
  consume(run: Run): Promise<void> {
    this.run = run;
    this.fill();
    return Promise.resolve();
  }

  /** Other processes find what is new by their sweep. */
  announce(): void {
    // Nothing leads there.
  }

  /** Batches in work here. */
  get runningCount(): number {
    return this.running.size;
  }

  /** Runs a batch that came another way, as soon as there is room; resolves when it is over, or nothing is taken any more. */
  async take(batch: BatchId): Promise<void> {
    while (this.run && this.running.size >= this.concurrency) await Promise.race([...this.running.values()].map(({ done }) => done));
    const key = keyOf(batch);
    this.waiting.delete(key);
    if (this.run) await (this.running.get(key)?.done ?? this.start(key, batch, this.run));
  }

  abort(processingId: string): void {
    for (const [key, batch] of this.waiting) {
      if (batch.processingId === processingId) this.waiting.delete(key);
    }
    for (const { batch, abort } of this.running.values()) {
      if (batch.processingId === processingId) abort.abort();
    }
  }

  async drain(deadlineMs: number): Promise<void> {
    this.run = null;
    this.waiting.clear();
    const all = [...this.running.values()];
    const deadline = setTimeout(() => {
      for (const { abort } of all) abort.abort();
    }, deadlineMs);
    await Promise.all(all.map(({ done }) => done));
    clearTimeout(deadline);
  }

  private fill(): void {
    while (this.run && this.running.size < this.concurrency) {
      const next = this.waiting.entries().next();
      if (next.done) return;
      const [key, batch] = next.value;
      this.waiting.delete(key);
      void this.start(key, batch, this.run);
    }
  }

  private start(key: string, batch: BatchId, run: Run): Promise<void> {
    const abort = new AbortController();
    const done = run(batch, abort.signal).finally(() => {
      this.running.delete(key);
      this.fill();
    });
    this.running.set(key, { batch, abort, done });
    return done;
  }
}

/** Names a batch among all of all jobs. */
export function keyOf(batch: BatchId): string {
  return `${batch.processingId}/${batch.step}/${batch.number}`;
}
