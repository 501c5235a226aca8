import type { AssetFailure, Job, JobRequest, LogPage } from './job.js';

/** A job and what is known of its end, at one moment. */
export interface JobSnapshot {
  job: Job;
  /** Whole seconds; 0 before there is a rate and after the end. */
  etaSeconds: number;
}

/** What may be left out of a request; the service normalises it. */
export interface StartRequest {
  path: string;
  type: string;
  excludedPaths?: string[];
  filter?: Partial<JobRequest['filter']>;
  dryRun?: boolean;
}

/**
 * The use cases of bulk processing, as HTTP and hosts call them.
 * @throws InvalidRequestError, InvalidPathError, UnknownJobError, IllegalJobStateError, JobAlreadyActiveError
 */
export interface ProcessingApi {
  start(request: StartRequest, createdBy: string): Promise<{ processingId: string }>;
  snapshot(processingId: string): Promise<JobSnapshot>;
  cancel(processingId: string, by: string): Promise<JobSnapshot>;
  resume(processingId: string, by: string): Promise<JobSnapshot>;
  /** A new job with the same request. */
  restart(processingId: string, by: string): Promise<{ processingId: string }>;
  /** Newest first. */
  history(limit: number): Promise<JobSnapshot[]>;
  logs(processingId: string, page: { offset: number; limit: number } | { tail: number }): Promise<LogPage>;
  /** The whole log in portions of text, each ending in a newline. */
  logText(processingId: string): AsyncIterable<string>;
  failures(processingId: string): AsyncIterable<AssetFailure[]>;
}

/** Whether the database answers, and which provider serves the DAM root (http-api.md, `GET /system/status`). */
export interface SystemStatus {
  isDatabase: boolean;
  databaseConnectionCheck: 'passed' | 'failed';
}

/** What `GET /system/status` and the readiness check ask; whoever calls bounds the time. */
export interface SystemProbe {
  /** True where the DAM root is served by the database provider. */
  readonly isDatabase: boolean;
  /** Resolves when the database answers, rejects when it refuses; takes as long as the database does. */
  ping(): Promise<void>;
}
