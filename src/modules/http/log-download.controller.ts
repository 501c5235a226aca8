import { Get, Inject, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Principal } from '../../contracts/auth.js';
import type { ProcessingApi } from '../../contracts/processing-api.js';
import { PROCESSING_API } from '../../contracts/tokens.js';
import { CurrentPrincipal } from '../auth/principal.js';
import { GuidesController } from './guides-controller.js';
import { JobAccess } from './job-access.js';
import { archiveNames, logArchive } from './log-archive.js';
import { Documented } from './openapi/documented.js';
import { DOWNLOAD } from './openapi/routes.js';
import { Query, RequestQuery } from './request-query.js';
import { sendStream, withFirstRead } from './response-stream.js';

const ZIP = 'application/zip';
const JSON_TYPE = 'application/json';

/** A job's whole log, as an archive. */
@GuidesController('assets/process')
export class LogDownloadController {
  constructor(
    @Inject(PROCESSING_API) private readonly processing: ProcessingApi,
    @Inject(JobAccess) private readonly jobs: JobAccess,
  ) {}

  @Documented(DOWNLOAD)
  @Get('logs/download')
  async download(
    @CurrentPrincipal() principal: Principal,
    @Query() query: RequestQuery,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const processingId = query.only('processingId');
    await this.jobs.snapshot(principal, processingId);
    response.vary('Accept');
    if (request.accepts([ZIP, JSON_TYPE]) === JSON_TYPE) {
      response.json({ logFilePaths: archiveNames(processingId) });
      return;
    }
    const log = await withFirstRead(this.processing.logText(processingId));
    response.setHeader('Content-Type', ZIP);
    response.setHeader('Content-Disposition', `attachment; filename="${processingId}-logs.zip"`);
    await sendStream(request, response, logArchive(processingId, log, this.processing.failures(processingId)));
  }
}
