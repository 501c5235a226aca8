import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { ForbiddenError } from '../../contracts/errors.js';

/**
 * Refuses what a page of another site makes a browser send with the user's remembered password: forms and empty bodies
 * need no consent of this server, unlike JSON (CORS).
 */
@Injectable()
export class CrossSiteGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    const fromOtherSite = request.headers['sec-fetch-site'] === 'cross-site';
    if (request.method === 'POST' && fromOtherSite && !request.is('application/json')) {
      throw new ForbiddenError('Forms of other web sites are not accepted.');
    }
    return true;
  }
}
