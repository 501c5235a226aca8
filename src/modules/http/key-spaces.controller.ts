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
import { KEY_SPACES } from './openapi/routes.js';
import { Query, RequestQuery } from './request-query.js';
import { sendRecords } from './response-stream.js';

/** Key spaces of the root maps below a path, a line of JSON for each; with `key` where that key is defined. */
@GuidesController('assets/keyspaces')
export class KeySpacesController {
  constructor(@Inject(FINDINGS_API) private readonly findings: FindingsApi) {}

  @Documented(KEY_SPACES)
  @Get()
  async keySpaces(
    @CurrentPrincipal() principal: Principal,
    @Query() query: RequestQuery,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const key = query.optional('key');
    const path = normalizePath(query.only('path'));
    requireAccess(principal, path);
    await sendRecords(request, response, key === null ? this.findings.keySpaces(path) : this.findings.findKey(path, key));
  }
}
