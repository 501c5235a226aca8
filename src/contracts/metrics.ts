import type { BatchOutcome, JobStatus } from './job.js';

/** How much lies in the database, whichever instance asks. */
export interface StateCounts {
  jobs: Partial<Record<JobStatus, number>>;
  outbox: {
    /** By receiver: portions and letters that are not delivered, and letters that nobody tries any more. */
    waiting: Record<string, number>;
    dead: Record<string, number>;
    /** Age of the oldest portion; 0 when there is none. */
    oldestSeconds: number;
  };
}

export interface StateCountStore {
  read(): Promise<StateCounts>;
}

/** Hears of what this process has done. */
export interface ProcessingObserver {
  /** A batch of assets is committed. */
  batchCommitted(outcome: Pick<BatchOutcome, 'succeeded' | 'failed' | 'skipped' | 'elapsedMs'>): void;
  /** @param route the pattern, never the URL: one of few */
  requestAnswered(method: string, route: string, statusCode: number, seconds: number): void;
}

/** What is scraped, in the text format of Prometheus. */
export interface MetricsApi {
  readonly contentType: string;
  text(): Promise<string>;
}
