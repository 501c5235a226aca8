import { Get, Inject, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Principal } from '../../contracts/auth.js';
import type { FindingsApi } from '../../contracts/findings-api.js';
import { normalizePath } from '../../contracts/repository-path.js';
import { FINDINGS_API } from '../../contracts/tokens.js';
import { requireAccess } from '../auth/path-permissions.js';
import { CurrentPrincipal } from '../auth/principal.js';
import { GuidesController } from './guides-controller.js';
import { Documented } from './openapi/documented.js';
import { REPORT } from './openapi/routes.js';
import { Query, RequestQuery } from './request-query.js';
import { sendRecords } from './response-stream.js';

/** What processing found out, a line of JSON per asset. */
@GuidesController('assets/report')
export class ReportController {
  constructor(@Inject(FINDINGS_API) private readonly findings: FindingsApi) {}

  @Documented(REPORT)
  @Get()
  async report(
    @CurrentPrincipal() principal: Principal,
    @Query() query: RequestQuery,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const path = normalizePath(query.only('path'));
    requireAccess(principal, path);
    await sendRecords(request, response, this.findings.report(path));
  }
}
