import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Authenticator, HeadersLike, Principal, Role } from '../../contracts/auth.js';
import { ForbiddenError } from '../../contracts/errors.js';
import { AUTHENTICATORS } from '../../contracts/tokens.js';
import { UnauthenticatedError } from './auth-errors.js';
import { type AddressedRequest, FailedLogins } from './failed-logins.js';
import { rememberPrincipal } from './principal.js';
import { hasRole, REQUIRED_ROLE } from './roles.js';

/** Lets in whom one of the authenticators knows, with the role that the route asks for. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    @Inject(AUTHENTICATORS) private readonly authenticators: readonly Authenticator[],
    @Inject(FailedLogins) private readonly failedLogins: FailedLogins,
    @Inject(Reflector) private readonly reflector: Reflector,
  ) {}

  /** @throws UnauthenticatedError, ForbiddenError, TooManyFailedLoginsError */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<AddressedRequest>();
    this.failedLogins.check(request);
    const principal = await this.identify(request);
    if (!principal) await this.failedLogins.count(request);
    if (!principal) throw new UnauthenticatedError(this.authenticators.map((authenticator) => authenticator.challenge));
    // Before the role is looked at: a log of requests names who was refused, too.
    rememberPrincipal(request, principal);
    const targets = [context.getHandler(), context.getClass()];
    const role = this.reflector.getAllAndOverride<Role | undefined>(REQUIRED_ROLE, targets) ?? 'viewer';
    if (!hasRole(principal, role)) throw new ForbiddenError(`The user "${principal.name}" lacks the role "${role}".`);
    return true;
  }

  private async identify(request: HeadersLike): Promise<Principal | null> {
    for (const authenticator of this.authenticators) {
      const principal = await authenticator.authenticate(request);
      if (principal) return principal;
    }
    return null;
  }
}
