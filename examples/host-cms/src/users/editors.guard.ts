import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { HeadersLike } from 'nestjs-guides-processing';
import { CmsUsers } from './cms-users.js';

/** The guard of the CMS's own writing routes. */
@Injectable()
export class EditorsGuard implements CanActivate {
  constructor(@Inject(CmsUsers) private readonly users: CmsUsers) {}

  canActivate(context: ExecutionContext): boolean {
    return this.users.find(context.switchToHttp().getRequest<HeadersLike>())?.mayEdit ?? false;
  }
}
