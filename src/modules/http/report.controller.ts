import { Get, Inject, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Principal } from '../../contracts/auth.js';
import type { ProcessingApi } from '../../contracts/processing-api.js';
import { normalizePath } from '../../contracts/repository-path.js';
import { PROCESSING_API } from '../../contracts/tokens.js';
import { requireAccess } from '../auth/path-permissions.js';
import { CurrentPrincipal } from '../auth/principal.js';
import { GuidesController } from './guides-controller.js';
import { Query, RequestQuery } from './request-query.js';
import { bytesOf, sendStream, withFirstRead } from './response-stream.js';

/** What processing found out, a line of JSON per asset. */
@GuidesController('assets/report')
export class ReportController {
  constructor(@Inject(PROCESSING_API) private readonly processing: ProcessingApi) {}

  @Get()
  async report(
    @CurrentPrincipal() principal: Principal,
    @Query() query: RequestQuery,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const path = normalizePath(query.only('path'));
    requireAccess(principal, path);
    const records = await withFirstRead(this.processing.report(path));
    response.setHeader('Content-Type', 'application/x-ndjson; charset=utf-8');
    await sendStream(request, response, bytesOf(records, (record) => `${JSON.stringify(record)}\n`));
  }
}
