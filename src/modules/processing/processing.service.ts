import type { AssetRepository } from '../../contracts/asset-repository.js';
import { FILE_TYPES } from '../../contracts/asset.js';
import { InvalidRequestError, UnknownJobError } from '../../contracts/errors.js';
import { ASSET_PROCESSING, type AssetFailure, type Job, type JobFilter, type JobRequest, type JobStore, type LogPage } from '../../contracts/job.js';
import type { JobSnapshot, ProcessingApi, StartRequest } from '../../contracts/processing-api.js';
import { normalizePath } from '../../contracts/repository-path.js';
import { etaSeconds } from './eta.js';
import type { WorkCalls } from './work-calls.js';

/** The use cases of bulk processing: what HTTP, the schedule and hosts call. */
export class ProcessingService implements ProcessingApi {
  constructor(
    private readonly jobs: JobStore,
    private readonly repository: AssetRepository,
    private readonly work: WorkCalls,
    /** Names of the host's own types of job. */
    private readonly hostTypes: () => readonly string[],
  ) {}

  async start(request: StartRequest, createdBy: string): Promise<{ processingId: string }> {
    const normalized = normalizeRequest(request, this.hostTypes());
    if ((await this.repository.kindOf(normalized.path)) === null) {
      throw new InvalidRequestError(`The path ${normalized.path} does not exist.`);
    }
    const job = await this.jobs.create(normalized, createdBy);
    this.work.announce();
    return { processingId: job.processingId };
  }

  async snapshot(processingId: string): Promise<JobSnapshot> {
    return this.withEta(await this.known(processingId));
  }

  async cancel(processingId: string, by: string): Promise<JobSnapshot> {
    const job = await this.jobs.cancel(processingId, by);
    this.work.abandon(processingId);
    return this.withEta(job);
  }

  async resume(processingId: string, by: string): Promise<JobSnapshot> {
    const job = await this.jobs.resume(processingId, by);
    this.work.announce();
    return this.withEta(job);
  }

  async restart(processingId: string, by: string): Promise<{ processingId: string }> {
    const job = await this.known(processingId);
    if (job.status === 'WAITING' || job.status === 'IN_PROGRESS') {
      throw new InvalidRequestError(`A job that is ${job.status} cannot be restarted.`);
    }
    const { path, type, excludedPaths, filter, dryRun } = job;
    return this.start({ path, type, excludedPaths, filter, dryRun }, by);
  }

  async history(limit: number): Promise<JobSnapshot[]> {
    return Promise.all((await this.jobs.history(limit)).map((job) => this.withEta(job)));
  }

  async logs(processingId: string, page: { offset: number; limit: number } | { tail: number }): Promise<LogPage> {
    await this.known(processingId);
    return this.jobs.readLog(processingId, page);
  }

  logText(processingId: string): AsyncIterable<string> {
    return this.jobs.streamLog(processingId);
  }

  failures(processingId: string): AsyncIterable<AssetFailure[]> {
    return this.jobs.streamFailures(processingId);
  }

  private async known(processingId: string): Promise<Job> {
    const job = await this.jobs.find(processingId);
    if (!job) throw new UnknownJobError(processingId);
    return job;
  }

  private async withEta(job: Job): Promise<JobSnapshot> {
    if (job.status !== 'IN_PROGRESS') return { job, etaSeconds: 0 };
    return { job, etaSeconds: etaSeconds(await this.jobs.progress(job)) };
  }
}

/** @throws InvalidRequestError, InvalidPathError */
function normalizeRequest(request: StartRequest, hostTypes: readonly string[]): JobRequest {
  const isOwn = request.type === ASSET_PROCESSING;
  if (!isOwn && !hostTypes.includes(request.type)) {
    throw new InvalidRequestError(`The type "${request.type.slice(0, 64)}" is unknown; this service has ${[ASSET_PROCESSING, ...hostTypes].join(', ')}.`);
  }
  if (!isOwn && request.filter?.filterProcessedAssets === true) {
    throw new InvalidRequestError(`filter.filterProcessedAssets goes by what ${ASSET_PROCESSING} has stored; jobs of the type ${request.type} have no such filter.`);
  }
  return {
    type: request.type,
    path: normalizePath(request.path),
    excludedPaths: [...new Set((request.excludedPaths ?? []).map((path) => normalizePath(path.startsWith('/') ? path : `/${path}`)))],
    filter: normalizeFilter(request.filter ?? {}),
    dryRun: request.dryRun ?? false,
  };
}

function normalizeFilter(filter: Partial<JobFilter>): JobFilter {
  const unknown = (filter.fileTypes ?? []).filter((type) => !FILE_TYPES.includes(type));
  if (unknown.length > 0) {
    throw new InvalidRequestError(`Unknown file type "${unknown.join('", "').slice(0, 200)}"; known are ${FILE_TYPES.join(', ')}.`);
  }
  const { startTime, endTime } = filter;
  if (startTime !== undefined && endTime !== undefined && startTime > endTime) {
    throw new InvalidRequestError('filter.startTime must not be after filter.endTime.');
  }
  return {
    fileTypes: filter.fileTypes ?? [],
    ...(startTime === undefined ? {} : { startTime }),
    ...(endTime === undefined ? {} : { endTime }),
    filterProcessedAssets: filter.filterProcessedAssets ?? false,
  };
}
