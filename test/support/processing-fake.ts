import { randomUUID } from 'node:crypto';
import { IllegalJobStateError, InvalidRequestError, JobAlreadyActiveError, UnknownJobError } from '../../src/contracts/errors.js';
import { ASSET_PROCESSING, type AssetFailure, type Job, type LogPage } from '../../src/contracts/job.js';
import type { FindingsApi, ReferencePage } from '../../src/contracts/findings-api.js';
import type { JobSnapshot, ProcessingApi, StartRequest } from '../../src/contracts/processing-api.js';

/** Bulk processing in memory that never does any work: jobs stay as a test puts them. */
export class ProcessingFake implements ProcessingApi, FindingsApi {
  readonly jobs = new Map<string, Job>();
  readonly lines = new Map<string, string[]>();
  readonly failed = new Map<string, AssetFailure[]>();
  readonly existing = new Set(['/', '/content/dam', '/content/dam/a', '/content/dam/b']);
  readonly started: StartRequest[] = [];
  /** What `report` answers, whatever the path. */
  records: () => AsyncIterable<object> = async function* () {};
  /** Thrown by the next call of `snapshot`. */
  broken: Error | null = null;

  add(values: Partial<Job> = {}): Job {
    const job: Job = {
      processingId: randomUUID(),
      path: '/content/dam/a',
      type: ASSET_PROCESSING,
      excludedPaths: [],
      filter: { fileTypes: [], filterProcessedAssets: false },
      dryRun: false,
      status: 'WAITING',
      epoch: 1,
      createdBy: 'olga',
      createdAtMs: Date.now() + this.jobs.size,
      startedAtMs: 0,
      completedAtMs: 0,
      comments: '',
      calculationStatus: 'WAITING',
      counts: { total: 0, succeeded: 0, failed: 0, skipped: 0 },
      hasLogs: false,
      ...values,
    };
    this.jobs.set(job.processingId, job);
    return job;
  }

  start(request: StartRequest, createdBy: string): Promise<{ processingId: string }> {
    this.started.push(request);
    return settled(() => {
      if (request.type !== ASSET_PROCESSING) throw new InvalidRequestError('The type is unknown.');
      if (!this.existing.has(request.path)) throw new InvalidRequestError(`The path ${request.path} does not exist.`);
      for (const job of this.jobs.values()) {
        if (job.path === request.path && isActive(job)) throw new JobAlreadyActiveError(job.path, job.processingId);
      }
      const { processingId } = this.add({ path: request.path, createdBy });
      return { processingId };
    });
  }

  snapshot(processingId: string): Promise<JobSnapshot> {
    return settled(() => {
      if (this.broken) throw this.broken;
      return { job: this.find(processingId), etaSeconds: 42 };
    });
  }

  cancel(processingId: string): Promise<JobSnapshot> {
    return this.move(processingId, isActive, 'CANCELLED');
  }

  resume(processingId: string): Promise<JobSnapshot> {
    return this.move(processingId, (job) => job.status === 'FAILED' || job.status === 'CANCELLED', 'WAITING');
  }

  restart(processingId: string, by: string): Promise<{ processingId: string }> {
    return settled(() => {
      const job = this.find(processingId);
      if (isActive(job)) throw new IllegalJobStateError('The job is active.');
      return { processingId: this.add({ path: job.path, createdBy: by }).processingId };
    });
  }

  history(limit: number): Promise<JobSnapshot[]> {
    const newestFirst = [...this.jobs.values()].reverse().slice(0, limit);
    return Promise.resolve(newestFirst.map((job) => ({ job, etaSeconds: 0 })));
  }

  logs(processingId: string, page: { offset: number; limit: number } | { tail: number }): Promise<LogPage> {
    const lines = this.lines.get(processingId) ?? [];
    const offset = 'tail' in page ? Math.max(0, lines.length - page.tail) : page.offset;
    const end = 'tail' in page ? lines.length : offset + page.limit;
    return Promise.resolve({ lines: lines.slice(offset, end), offset, hasMore: end < lines.length });
  }

  async *logText(processingId: string): AsyncGenerator<string> {
    for (const line of this.lines.get(processingId) ?? []) yield `${line}\n`;
  }

  async *failures(processingId: string): AsyncGenerator<AssetFailure[]> {
    yield this.failed.get(processingId) ?? [];
  }

  report(): AsyncIterable<object> {
    return this.records();
  }

  keySpaces(): AsyncIterable<never> {
    return none();
  }

  findKey(): AsyncIterable<never> {
    return none();
  }

  references(): Promise<ReferencePage> {
    return Promise.resolve({ references: [], next: null });
  }

  brokenLinks(): Promise<ReferencePage> {
    return Promise.resolve({ references: [], next: null });
  }

  private move(processingId: string, allowed: (job: Job) => boolean, status: Job['status']): Promise<JobSnapshot> {
    return settled(() => {
      const job = this.find(processingId);
      if (!allowed(job)) throw new IllegalJobStateError(`A job that is ${job.status} cannot become ${status}.`);
      job.status = status;
      return { job, etaSeconds: 0 };
    });
  }

  private find(processingId: string): Job {
    const job = this.jobs.get(processingId);
    if (!job) throw new UnknownJobError(processingId);
    return job;
  }
}

function isActive(job: Job): boolean {
  return job.status === 'WAITING' || job.status === 'IN_PROGRESS';
}

/** Throws become rejections, as those of the real service are. */
async function settled<T>(work: () => T): Promise<T> {
  return Promise.resolve().then(work);
}

async function* none(): AsyncGenerator<never> {}
