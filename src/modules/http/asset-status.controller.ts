import { Get, HttpCode, Inject, Post, UseInterceptors } from '@nestjs/common';
import type { AssetStatusApi, ShownAssetStatus } from '../../contracts/asset-status.js';
import type { Principal } from '../../contracts/auth.js';
import { UnknownJobError } from '../../contracts/errors.js';
import { ASSET_STATUS_API } from '../../contracts/tokens.js';
import { mayAccess, requireAccess } from '../auth/path-permissions.js';
import { CurrentPrincipal } from '../auth/principal.js';
import { GuidesController } from './guides-controller.js';
import { isJobId } from './job-access.js';
import { Documented } from './openapi/documented.js';
import { ASK_STATES, STATES } from './openapi/routes.js';
import { RequestBodyInterceptor } from './request-body.interceptor.js';
import { Query, RequestQuery } from './request-query.js';
import { AskedPaths, type PathsBody } from './paths-body.js';

/** A client of the published API takes the first answer for all of it. */
const MAX_ASSETS = 10_000;

interface StatusListView {
  jobId: string;
  /** The list needs no work before it can be read. */
  status: 'SUCCESS';
  assets: ShownAssetStatus[];
  limit: number;
  offset: number;
  hasMore: boolean;
  /** To be sent as `after`, for the following page at the same cost as the first; null at the end. */
  next: string | null;
}

/** The state of each asset below some paths. */
@GuidesController('assets/status')
@UseInterceptors(RequestBodyInterceptor)
export class AssetStatusController {
  constructor(@Inject(ASSET_STATUS_API) private readonly statuses: AssetStatusApi) {}

  @Documented(ASK_STATES)
  @Post()
  @HttpCode(200)
  async ask(@CurrentPrincipal() principal: Principal, @AskedPaths() asked: PathsBody): Promise<{ jobId: string; status: 'WAITING' }> {
    for (const path of asked.paths) requireAccess(principal, path);
    const { jobId } = await this.statuses.ask(asked, principal.name);
    return { jobId, status: 'WAITING' };
  }

  @Documented(STATES)
  @Get()
  async list(@CurrentPrincipal() principal: Principal, @Query() query: RequestQuery): Promise<StatusListView> {
    const jobId = query.required('jobId');
    const offset = query.integer('offset', { max: Number.MAX_SAFE_INTEGER, absent: 0 });
    const limit = query.integer('limit', { min: 1, max: MAX_ASSETS, absent: MAX_ASSETS });
    const after = query.optional('after');
    query.check();
    if (!isJobId(jobId)) throw new UnknownJobError(jobId, 'jobId');
    const job = await this.statuses.find(jobId);
    if (!job.paths.every((path) => mayAccess(principal, path))) throw new UnknownJobError(jobId, 'jobId');
    const { assets, hasMore } = await this.statuses.page(job, { after, offset, limit });
    return { jobId, status: 'SUCCESS', assets, limit, offset, hasMore, next: hasMore ? (assets.at(-1)?.path ?? null) : null };
  }
}
