import { HttpCode, Inject, Post, UseInterceptors } from '@nestjs/common';
import type { Principal } from '../../contracts/auth.js';
import type { ProcessingApi } from '../../contracts/processing-api.js';
import { normalizePath } from '../../contracts/repository-path.js';
import { PROCESSING_API } from '../../contracts/tokens.js';
import { requireAccess } from '../auth/path-permissions.js';
import { CurrentPrincipal } from '../auth/principal.js';
import { RequiresRole } from '../auth/roles.js';
import { GuidesController } from './guides-controller.js';
import { JobAccess } from './job-access.js';
import { JobId } from './job-id.js';
import { type StatusView, statusOf } from './job-view.js';
import { Documented } from './openapi/documented.js';
import { CANCEL, RESTART, RESUME, START } from './openapi/routes.js';
import { RequestBodyInterceptor } from './request-body.interceptor.js';
import { StartBody } from './start-body.js';
import { StartDto } from './start.dto.js';

/** What operators do with jobs. */
@GuidesController('assets/process')
@UseInterceptors(RequestBodyInterceptor)
@RequiresRole('operator')
export class ProcessController {
  constructor(
    @Inject(PROCESSING_API) private readonly processing: ProcessingApi,
    @Inject(JobAccess) private readonly jobs: JobAccess,
  ) {}

  @Documented(START)
  @Post()
  @HttpCode(200)
  async start(
    @CurrentPrincipal() principal: Principal,
    @StartBody() request: StartDto,
  ): Promise<{ processingId: string }> {
    const path = normalizePath(request.path);
    requireAccess(principal, path);
    const { type, excludedPaths, filter, dryRun } = request;
    return this.processing.start({ path, type, excludedPaths, filter, dryRun }, principal.name);
  }

  @Documented(CANCEL)
  @Post('cancel')
  @HttpCode(200)
  async cancel(@CurrentPrincipal() principal: Principal, @JobId() processingId: string): Promise<StatusView> {
    await this.jobs.snapshot(principal, processingId);
    return statusOf(await this.processing.cancel(processingId, principal.name));
  }

  @Documented(RESUME)
  @Post('resume')
  @HttpCode(200)
  async resume(@CurrentPrincipal() principal: Principal, @JobId() processingId: string): Promise<StatusView> {
    await this.jobs.snapshot(principal, processingId);
    return statusOf(await this.processing.resume(processingId, principal.name));
  }

  @Documented(RESTART)
  @Post('restart')
  @HttpCode(200)
  async restart(@CurrentPrincipal() principal: Principal, @JobId() processingId: string): Promise<{ processingId: string }> {
    await this.jobs.snapshot(principal, processingId);
    return this.processing.restart(processingId, principal.name);
  }
}
