import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Principal } from '../../contracts/auth.js';

/** Beside the request and not on it: `request.user` belongs to the host. */
const principals = new WeakMap<object, Principal>();

export function rememberPrincipal(request: object, principal: Principal): void {
  principals.set(request, principal);
}

/** The user that the request came from; null where nobody was known. */
export function principalOf(request: object): Principal | null {
  return principals.get(request) ?? null;
}

/** The user that the guard let in. */
export const CurrentPrincipal = createParamDecorator((_data: unknown, context: ExecutionContext): Principal => {
  const principal = principals.get(context.switchToHttp().getRequest<object>());
  if (!principal) throw new Error('CurrentPrincipal needs the AuthGuard on the same controller.');
  return principal;
});
