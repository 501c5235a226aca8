import { applyDecorators, Controller, UseFilters, UseGuards, UseInterceptors } from '@nestjs/common';
import { AuthGuard } from '../auth/auth.guard.js';
import { CrossSiteGuard } from './cross-site.guard.js';
import { GuidesErrorFilter } from './error.filter.js';
import { NoStoreInterceptor } from './no-store.interceptor.js';

export const BASE_PATH = 'bin/guides/v1';

/** A controller below the base path: known users only, errors in the one shape. Nothing of it reaches the host's routes. */
export const GuidesController = (path: string) =>
  applyDecorators(PublicGuidesController(path), UseGuards(AuthGuard, CrossSiteGuard));

/** The same without login. */
export const PublicGuidesController = (path: string) =>
  applyDecorators(Controller(`${BASE_PATH}/${path}`), UseFilters(GuidesErrorFilter), UseInterceptors(NoStoreInterceptor));
