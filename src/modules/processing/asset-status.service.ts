import { randomUUID } from 'node:crypto';
import type { AssetRef } from '../../contracts/asset.js';
import type { AssetRecordStore, ProcessedState } from '../../contracts/asset-records.js';
import type { AssetRepository } from '../../contracts/asset-repository.js';
import type { AssetState, AssetStatusApi, ShownAssetStatus, StatusJob, StatusJobStore, StatusPage, StatusPageRequest, StatusQuestion } from '../../contracts/asset-status.js';
import { UnknownJobError } from '../../contracts/errors.js';
import { mayBeOneOf } from '../../contracts/file-type-hint.js';
import { ASSET_PROCESSING, type Job, type JobStore } from '../../contracts/job.js';
import { comparePaths, isWithin, subtreeWithout } from '../../contracts/key-range.js';
import { isRecordOf } from './recorded-asset.js';

/** Assets read at a time. */
const PAGE = 1000;

/** An asset of the list, or a path at which nothing is. */
type Listed = AssetRef | { path: string; missing: true };

/**
 * Answers from the tree and the records as they are when it is asked, so that a question costs a row whatever it covers; the published
 * product works its list out before, which is why a question is a job there.
 */
export class AssetStatusService implements AssetStatusApi {
  constructor(
    private readonly questions: StatusJobStore,
    private readonly jobs: Pick<JobStore, 'activeJobs' | 'find'>,
    private readonly repository: AssetRepository,
    private readonly records: AssetRecordStore,
  ) {}

  async ask(question: StatusQuestion, createdBy: string): Promise<{ jobId: string }> {
    const job: StatusJob = { ...question, jobId: randomUUID(), createdBy, createdAtMs: Date.now() };
    await this.questions.add(job);
    return { jobId: job.jobId };
  }

  async find(jobId: string): Promise<StatusJob> {
    const job = await this.questions.find(jobId);
    if (!job) throw new UnknownJobError(jobId, 'jobId');
    return job;
  }

  async page(job: StatusJob, { after, offset, limit }: StatusPageRequest): Promise<StatusPage> {
    const listed: Listed[] = [];
    let toSkip = offset;
    for await (const page of this.list(job, after)) {
      const skipped = Math.min(toSkip, page.length);
      toSkip -= skipped;
      listed.push(...page.slice(skipped, skipped + limit + 1 - listed.length));
      if (listed.length > limit) break;
    }
    return { assets: await this.shown(listed.slice(0, limit)), hasMore: listed.length > limit };
  }

  private async *list({ paths, excludedPaths }: StatusQuestion, after: string | null): AsyncGenerator<Listed[]> {
    const roots = outermost(paths).filter((root) => !excludedPaths.some((excluded) => isWithin(root, excluded)));
    const current = after === null ? -1 : roots.findIndex((root) => isWithin(after, root));
    for (const [i, root] of roots.entries()) {
      if (i < current) continue;
      const kind = await this.repository.kindOf(root);
      if (kind === null) {
        if (i > current) yield [{ path: root, missing: true }];
        continue;
      }
      for (const range of subtreeWithout(root, excludedPaths)) {
        let cursor = i === current ? after : null;
        for (;;) {
          const page = await this.repository.scan(range, {}, cursor, PAGE);
          if (page.length > 0) yield page;
          cursor = page.at(-1)?.path ?? null;
          if (page.length < PAGE) break;
        }
      }
    }
  }

  private async shown(listed: readonly Listed[]): Promise<ShownAssetStatus[]> {
    const [states, active] = await Promise.all([this.records.processedStates(listed.map(({ path }) => path)), this.jobsInProgress()]);
    return listed.map((asset) => {
      const state = states.get(asset.path);
      if ('missing' in asset) return { path: asset.path, uuid: '', status: 'PENDING', exists: false };
      return { path: asset.path, uuid: state?.uuid ?? '', status: statusOf(asset, state, active), exists: true };
    });
  }

  private async jobsInProgress(): Promise<Job[]> {
    const jobs = await Promise.all((await this.jobs.activeJobs()).map((id) => this.jobs.find(id)));
    return jobs.filter((job): job is Job => job?.status === 'IN_PROGRESS' && job.type === ASSET_PROCESSING && !job.dryRun);
  }
}

function statusOf(asset: AssetRef, state: ProcessedState | undefined, active: readonly Job[]): AssetState {
  if (active.some((job) => isToDo(job, asset, state))) return 'PROCESSING';
  if (!isRecordOf(state, asset)) return 'PENDING';
  return state.outcome === 'SUCCESS' ? 'SUCCESS' : 'FAILURE';
}

/** Whether the job will still come to this asset. */
function isToDo({ path, excludedPaths, filter, startedAtMs }: Job, asset: AssetRef, state: ProcessedState | undefined): boolean {
  if (!isWithin(asset.path, path) || excludedPaths.some((excluded) => isWithin(asset.path, excluded))) return false;
  if (asset.createdAtMs < (filter.startTime ?? 0) || asset.createdAtMs > (filter.endTime ?? Number.MAX_SAFE_INTEGER)) return false;
  if (!mayBeOneOf(asset.path, filter.fileTypes)) return false;
  if (filter.filterProcessedAssets && asset.sha256 !== null && isRecordOf(state, asset) && state.outcome === 'SUCCESS') return false;
  return !state || state.processedAtMs < startedAtMs;
}

/** In byte order, without what lies below another: no asset is listed twice. */
function outermost(paths: readonly string[]): string[] {
  const kept: string[] = [];
  for (const path of [...new Set(paths)].sort((a, b) => a.length - b.length)) {
    if (!kept.some((root) => isWithin(path, root))) kept.push(path);
  }
  return kept.sort(comparePaths);
}
