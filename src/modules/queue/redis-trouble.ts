import { Logger } from '@nestjs/common';

/** Between two lines about the same trouble: a Redis that is away fails a hundred times a second. */
const QUIET_MS = 60_000;

/** Says once in a while that Redis is in trouble, and once that it is back. Nothing ever fails for it. */
export class RedisTrouble {
  private readonly logger = new Logger('Redis');
  private lastSaidMs: number | null = null;

  /** @param nowMs a clock that never goes back. */
  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  report(error: unknown): void {
    if (this.lastSaidMs !== null && this.nowMs() - this.lastSaidMs < QUIET_MS) return;
    this.lastSaidMs = this.nowMs();
    this.logger.warn(`Redis cannot be used and work is looked for in the database until it can: ${reasonOf(error)}`);
  }

  isOver(): void {
    if (this.lastSaidMs === null) return;
    this.lastSaidMs = null;
    this.logger.log('Redis can be used again.');
  }
}

function reasonOf(error: unknown): string {
  // Several addresses of one name were tried.
  const [first] = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  const cause = first ?? error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}
