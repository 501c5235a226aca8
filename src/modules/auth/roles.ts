import { SetMetadata } from '@nestjs/common';
import type { Principal, Role } from '../../contracts/auth.js';

export const REQUIRED_ROLE = Symbol('RequiredRole');

/** The role that a route asks for; without it `viewer`. */
export const RequiresRole = (role: Role) => SetMetadata(REQUIRED_ROLE, role);

/** An operator may all that a viewer may (http-api.md, "Who may call"). */
export function hasRole(principal: Principal, role: Role): boolean {
  return principal.roles.includes(role) || (role === 'viewer' && principal.roles.includes('operator'));
}
