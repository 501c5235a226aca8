/** Time that one user may hold the event loop before others get a turn. */
const MAX_HOLD_MS = 3;

/**
 * One user's share of a turn of the event loop. Each connection has its own: a short read for a request must not wait
 * because a transaction has used up its time.
 */
export class EventLoopTurn {
  private beganMs: number | null = null;

  /** To be called before work: the first call in a turn of the loop starts the clock. */
  begin(): void {
    if (this.beganMs !== null) return;
    this.beganMs = performance.now();
    setImmediate(() => (this.beganMs = null));
  }

  /** A promise that is resolved already never lets I/O in: after too long, waits for the next turn. */
  async giveWay(): Promise<void> {
    if (this.beganMs === null || performance.now() - this.beganMs < MAX_HOLD_MS) return;
    await new Promise((resume) => setImmediate(resume));
  }
}
