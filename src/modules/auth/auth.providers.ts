import type { FactoryProvider } from '@nestjs/common';
import type { Authenticator } from '../../contracts/auth.js';
import type { GuidesSettings } from '../../contracts/settings.js';
import { AUTHENTICATORS, SETTINGS } from '../../contracts/tokens.js';
import { BasicAuthenticator } from './basic-authenticator.js';

/** The service's own authenticators, asked in this order; a host may put others under the token `AUTHENTICATORS`. */
export const AUTH_PROVIDERS: FactoryProvider<readonly Authenticator[]>[] = [
  { provide: AUTHENTICATORS, inject: [SETTINGS], useFactory: (settings: GuidesSettings) => [new BasicAuthenticator(settings.users)] },
];
