import { Get, Inject } from '@nestjs/common';
import type { Principal } from '../../contracts/auth.js';
import type { ProcessingApi } from '../../contracts/processing-api.js';
import type { GuidesSettings } from '../../contracts/settings.js';
import { PROCESSING_API, SETTINGS } from '../../contracts/tokens.js';
import { CurrentPrincipal } from '../auth/principal.js';
import { GuidesController } from './guides-controller.js';
import { JobAccess } from './job-access.js';
import { type StatusView, statusOf } from './job-view.js';
import { Documented } from './openapi/documented.js';
import { HISTORY, LOGS, STATUS } from './openapi/routes.js';
import { Query, RequestQuery } from './request-query.js';

const DEFAULT_LOG_LINES = 500;
const MAX_LOG_LINES = 10_000;
const MAX_HISTORY = 1000;

interface LogView {
  lines: string[];
  limit: number;
  offset: number;
  hasMore: boolean;
}

/** What viewers see of jobs. */
@GuidesController('assets/process')
export class JobStatusController {
  constructor(
    @Inject(PROCESSING_API) private readonly processing: ProcessingApi,
    @Inject(JobAccess) private readonly jobs: JobAccess,
    @Inject(SETTINGS) private readonly settings: GuidesSettings,
  ) {}

  @Documented(STATUS)
  @Get('status')
  async status(@CurrentPrincipal() principal: Principal, @Query() query: RequestQuery): Promise<StatusView> {
    return statusOf(await this.jobs.snapshot(principal, query.only('processingId')));
  }

  @Documented(HISTORY)
  @Get('history')
  async history(@CurrentPrincipal() principal: Principal, @Query() query: RequestQuery): Promise<{ executionHistory: StatusView[] }> {
    const limit = query.integer('limit', { max: MAX_HISTORY, absent: this.settings.history.limit });
    query.check();
    const snapshots = await this.jobs.history(principal, limit);
    return { executionHistory: snapshots.map(statusOf) };
  }

  @Documented(LOGS)
  @Get('logs')
  async logs(@CurrentPrincipal() principal: Principal, @Query() query: RequestQuery): Promise<LogView> {
    const processingId = query.required('processingId');
    const tail = query.integer('tail', { max: MAX_LOG_LINES, absent: null });
    const offset = query.integer('offset', { max: Number.MAX_SAFE_INTEGER, absent: null });
    const limit = query.integer('limit', { max: MAX_LOG_LINES, absent: DEFAULT_LOG_LINES });
    if (query.has('tail') && query.has('offset')) query.problem('tail and offset exclude each other');
    query.check();
    await this.jobs.snapshot(principal, processingId);
    const page = await this.processing.logs(processingId, tail === null ? { offset: offset ?? 0, limit } : { tail });
    return { lines: page.lines, limit: tail ?? limit, offset: page.offset, hasMore: page.hasMore };
  }
}
