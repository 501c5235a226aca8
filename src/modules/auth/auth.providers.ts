import type { FactoryProvider } from '@nestjs/common';
import type { Authenticator } from '../../contracts/auth.js';
import type { GuidesSettings } from '../../contracts/settings.js';
import { AUTHENTICATORS, OPTIONS, SETTINGS } from '../../contracts/tokens.js';
import { BasicAuthenticator } from './basic-authenticator.js';
import { FailedLogins } from './failed-logins.js';
import { JwtAuthenticator } from './jwt-authenticator.js';

interface HostsPart {
  authenticator?: Authenticator;
}

/** The service's own authenticators, asked in this order, or the host's. */
export const AUTH_PROVIDERS: FactoryProvider[] = [
  {
    provide: AUTHENTICATORS,
    inject: [SETTINGS, OPTIONS],
    useFactory: (settings: GuidesSettings, { authenticator }: HostsPart) => (authenticator ? [authenticator] : ownAuthenticators(settings)),
  },
  {
    provide: FailedLogins,
    inject: [SETTINGS, OPTIONS],
    useFactory: ({ failedLogins }: GuidesSettings, { authenticator }: HostsPart) => new FailedLogins(authenticator ? null : failedLogins),
  },
];

async function ownAuthenticators({ users, jwt }: GuidesSettings): Promise<Authenticator[]> {
  const basic = new BasicAuthenticator(users);
  return jwt.keyFile === null && jwt.jwksFile === null && jwt.jwksUrl === null ? [basic] : [basic, await JwtAuthenticator.open(jwt)];
}
