import { type DynamicModule, Module } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import request from 'supertest';
import { createApp } from '../../src/app.js';
import type { FindingsApi } from '../../src/contracts/findings-api.js';
import type { ProcessingApi, SystemProbe } from '../../src/contracts/processing-api.js';
import type { GuidesSettings, UserSetting } from '../../src/contracts/settings.js';
import { ASSET_STATUS_API, FINDINGS_API, METRICS_API, OPTIONS, PROCESSING_API, SETTINGS, SYSTEM_PROBE } from '../../src/contracts/tokens.js';
import { AUTH_PROVIDERS } from '../../src/modules/auth/auth.providers.js';
import { hashPasswordSync } from '../../src/modules/auth/password-hash.js';
import { HTTP_CONTROLLERS, HTTP_PROVIDERS } from '../../src/modules/http/controllers.js';
import { loadSettings } from '../../src/settings.js';
import { AssetStatusFake } from './asset-status-fake.js';
import { holdToDocument } from './documented-answers.js';
import { testLog } from './test-log.js';

export const BASE = '/bin/guides/v1';
/** Password of every user of the tests. */
export const PASSWORD = 'grün & geheim';
const CHEAP = { n: 1024, r: 8, p: 1 };

/** Who calls, by what he may: `otto` operates elsewhere only. */
export const USERS = { viewer: 'vera', operator: 'olga', elsewhere: 'otto' } as const;

export function testUsers(): UserSetting[] {
  const passwordHash = hashPasswordSync(PASSWORD, CHEAP);
  return [
    { name: USERS.viewer, passwordHash, roles: ['viewer'], pathPrefixes: null },
    { name: USERS.operator, passwordHash, roles: ['operator'], pathPrefixes: null },
    { name: USERS.elsewhere, passwordHash, roles: ['operator'], pathPrefixes: ['/content/dam/b'] },
  ];
}

@Module({})
class HttpOnlyModule {}

/** The HTTP surface as the service serves it, over any implementation of the use cases; listens on a free port. */
export async function serveHttp(
  processing: ProcessingApi & FindingsApi,
  probe: SystemProbe,
  change: (settings: GuidesSettings) => GuidesSettings = (settings) => settings,
  log = testLog('warn'),
): Promise<NestExpressApplication> {
  const app = await createApp(httpModule(processing, probe, change), log, change(loadSettings({})).http.connections);
  holdToDocument(app);
  await app.listen(0, '127.0.0.1');
  return app;
}

/** The controllers alone, for a service or a host. */
export function httpModule(
  processing: ProcessingApi & FindingsApi,
  probe: SystemProbe,
  change: (settings: GuidesSettings) => GuidesSettings = (settings) => settings,
): DynamicModule {
  // Suites of refusals log in wrongly more often than any user: a test of the limit sets its own.
  const failedLogins = { ...loadSettings({}).failedLogins, perUser: 1_000_000, perAddress: 1_000_000 };
  const settings = change({ ...loadSettings({}), users: testUsers(), failedLogins });
  return {
    module: HttpOnlyModule,
    controllers: HTTP_CONTROLLERS,
    providers: [
      ...AUTH_PROVIDERS,
      ...HTTP_PROVIDERS,
      { provide: OPTIONS, useValue: {} },
      { provide: SETTINGS, useValue: settings },
      { provide: PROCESSING_API, useValue: processing },
      { provide: FINDINGS_API, useValue: processing },
      { provide: ASSET_STATUS_API, useValue: new AssetStatusFake() },
      { provide: METRICS_API, useValue: { contentType: 'text/plain', text: () => Promise.resolve('') } },
      { provide: SYSTEM_PROBE, useValue: probe },
    ],
  };
}

type Method = 'get' | 'post' | 'put' | 'delete';

/** One request below the base path, signed in as `user` where one is named. */
export function call(app: NestExpressApplication, method: Method, path: string, user?: string): request.Test {
  const test = request(app.getHttpServer())[method](`${BASE}${path}`);
  return user === undefined ? test : test.set('Authorization', authorization(user));
}

export function authorization(user: string, password = PASSWORD): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
