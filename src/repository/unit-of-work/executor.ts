import type { QueryRunner } from 'typeorm';
import type { Row, SqlExecutor } from '../../contracts/unit-of-work.js';

/** Time that statements of the embedded database may hold the event loop before others get a turn. */
const MAX_HOLD_MS = 8;

/** Runs statements on one TypeORM query runner. */
export class QueryRunnerExecutor implements SqlExecutor {
  private heldMs = 0;

  constructor(
    private readonly runner: QueryRunner,
    /** True for the embedded database, whose statements run on the event loop itself. */
    private readonly blocksEventLoop: boolean,
  ) {}

  async query<R extends object = Row>(sql: string, parameters: readonly unknown[] = []): Promise<R[]> {
    const result = await this.timed(sql, parameters);
    return result.records as R[];
  }

  async execute(sql: string, parameters: readonly unknown[] = []): Promise<number> {
    const result = await this.timed(sql, parameters);
    return result.affected ?? 0;
  }

  private async timed(sql: string, parameters: readonly unknown[]): Promise<{ records: unknown[]; affected?: number | null }> {
    if (!this.blocksEventLoop) return this.runner.query(sql, [...parameters], true);
    const started = performance.now();
    const result = await this.runner.query(sql, [...parameters], true);
    this.heldMs += performance.now() - started;
    if (this.heldMs > MAX_HOLD_MS) {
      // The driver answers synchronously and a resolved promise never lets I/O in: HTTP would wait for the whole transaction.
      await new Promise((resume) => setImmediate(resume));
      this.heldMs = 0;
    }
    return result;
  }
}
