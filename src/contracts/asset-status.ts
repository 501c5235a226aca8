/** PENDING: not processed as it is now, and no job is at it. PROCESSING: a job in progress will come to it. */
export type AssetState = 'SUCCESS' | 'FAILURE' | 'PROCESSING' | 'PENDING';

/** What was asked: assets, and folders with all below them. Normalized paths. */
export interface StatusQuestion {
  paths: readonly string[];
  excludedPaths: readonly string[];
}

/** A question that is kept, so that it can be asked again by its id. */
export interface StatusJob extends StatusQuestion {
  jobId: string;
  createdBy: string;
  createdAtMs: number;
}

export interface ShownAssetStatus {
  path: string;
  /** Empty before the first processing. */
  uuid: string;
  status: AssetState;
  exists: boolean;
}

/** The part of the list after `after` (a path of the list), less the first `offset`. */
export interface StatusPageRequest {
  after: string | null;
  offset: number;
  limit: number;
}

export interface StatusPage {
  assets: ShownAssetStatus[];
  hasMore: boolean;
}

/** The state of each asset (http-api.md, "POST /assets/status"). */
export interface AssetStatusApi {
  ask(question: StatusQuestion, createdBy: string): Promise<{ jobId: string }>;
  /** @throws UnknownJobError */
  find(jobId: string): Promise<StatusJob>;
  /** The states as they are now, in the order of the paths asked, those below a folder in byte order. */
  page(job: StatusJob, request: StatusPageRequest): Promise<StatusPage>;
}

/** Questions, stored. */
export interface StatusJobStore {
  add(job: StatusJob): Promise<void>;
  find(jobId: string): Promise<StatusJob | null>;
  /** Deletes one portion of what is older; true when there may be more. */
  purge(olderThanMs: number): Promise<boolean>;
}
