import type { BatchId } from '../../contracts/job.js';
import { keyOf } from './embedded-work-queue.js';

/** A batch is not sent again so soon; a message that was lost meanwhile costs this much. */
const RESEND_MS = 1000;
/** What has been due for so long, although it was sent, seems to have been lost. */
const ORPHANED_MS = 5000;
/** Batches remembered. Forgetting one costs a message that Redis throws away. */
const MAX_REMEMBERED = 5000;

/** What this process has sent lately: one sweep after the other finds the same batches due. */
export class OfferedBatches {
  private readonly offered = new Map<string, { firstMs: number; sentMs: number }>();

  /** @param nowMs a clock that never goes back. */
  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  /** Those that are to be sent now. */
  unsent(batches: readonly BatchId[]): BatchId[] {
    return batches.filter((batch) => this.nowMs() - (this.offered.get(keyOf(batch))?.sentMs ?? -RESEND_MS) >= RESEND_MS);
  }

  /** To be told of every batch that is found due, whether it could be sent or not. */
  seen(batches: readonly BatchId[]): void {
    for (const batch of batches) {
      const key = keyOf(batch);
      if (!this.offered.has(key)) this.offered.set(key, { firstMs: this.nowMs(), sentMs: -RESEND_MS });
    }
    for (const key of this.offered.keys()) {
      if (this.offered.size <= MAX_REMEMBERED) break;
      this.offered.delete(key);
    }
  }

  sent(batches: readonly BatchId[]): void {
    for (const batch of batches) {
      const known = this.offered.get(keyOf(batch));
      if (known) known.sentMs = this.nowMs();
    }
  }

  /** Those that nobody has taken for long. */
  orphaned(batches: readonly BatchId[]): BatchId[] {
    return batches.filter((batch) => this.nowMs() - (this.offered.get(keyOf(batch))?.firstMs ?? this.nowMs()) >= ORPHANED_MS);
  }

  /** It has begun: should it become due again, its time begins anew. */
  taken(batch: BatchId): void {
    this.offered.delete(keyOf(batch));
  }
}
