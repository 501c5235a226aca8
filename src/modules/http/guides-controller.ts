import { applyDecorators, Controller, UseFilters, UseGuards, UseInterceptors, VERSION_NEUTRAL } from '@nestjs/common';
import { AuthGuard } from '../auth/auth.guard.js';
import { AnswerHeadersInterceptor } from './answer-headers.interceptor.js';
import { AnswerTimeInterceptor } from './answer-time.interceptor.js';
import { CrossSiteGuard } from './cross-site.guard.js';
import { GuidesErrorFilter } from './error.filter.js';
import { RoleGuard } from './role.guard.js';

export const BASE_PATH = 'bin/guides/v1';

/** The path says the version; a host that versions its own routes does not move these. */
export const GuidesPath = (path: string) => Controller({ path, version: VERSION_NEUTRAL });

/** A controller below the base path: known users only, errors in the one shape. Nothing of it reaches the host's routes. */
export const GuidesController = (path: string) =>
  applyDecorators(PublicGuidesController(path), UseGuards(RoleGuard, AuthGuard, CrossSiteGuard));

/** The same without login. */
export const PublicGuidesController = (path: string) =>
  applyDecorators(GuidesPath(`${BASE_PATH}/${path}`), UseFilters(GuidesErrorFilter), UseInterceptors(AnswerHeadersInterceptor, AnswerTimeInterceptor));
