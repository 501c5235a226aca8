import { type CanActivate, Controller, type ExecutionContext, Get, Inject, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import request from 'supertest';
import { type Authenticator, GuidesProcessingModule, type HeadersLike, type Principal } from '../../src/index.js';
import { ServiceData } from '../support/service-data.js';

interface Session {
  login: string;
  isEditor: boolean;
}

@Injectable()
class Sessions {
  readonly known = new Map<string, Session>([
    ['s-1', { login: 'ann', isEditor: true }],
    ['s-2', { login: 'bob', isEditor: false }],
  ]);
}

@Module({ providers: [Sessions], exports: [Sessions] })
class SessionsModule {}

/** As a guard of Passport does: finds the user of a session, and lets nobody else through. */
@Injectable()
class SessionGuard implements CanActivate {
  constructor(@Inject(Sessions) private readonly sessions: Sessions) {}

  canActivate(context: ExecutionContext): boolean {
    const incoming = context.switchToHttp().getRequest<HeadersLike>();
    incoming.user = this.sessions.known.get(String(incoming.headers['x-session']));
    return incoming.user !== undefined;
  }
}

/** Takes the user as the guard has found them. */
const FROM_THE_GUARD: Authenticator = {
  challenge: 'Session realm="cms"',
  authenticate: ({ user }): Promise<Principal | null> => {
    const session = user as Session | undefined;
    return Promise.resolve(session ? { name: session.login, roles: [session.isEditor ? 'operator' : 'viewer'], pathPrefixes: null } : null);
  },
};

@Controller('open')
class OpenController {
  @Get()
  open(): string {
    return 'for everybody';
  }
}

describe("behind a guard of the host's", () => {
  const data = ServiceData.create({});
  let app: NestExpressApplication;
  const base = '/bin/guides/v1';

  beforeAll(async () => {
    @Module({
      imports: [
        GuidesProcessingModule.forRootAsync({
          guard: SessionGuard,
          imports: [SessionsModule],
          useFactory: () => ({ authenticator: FROM_THE_GUARD, settings: { dataDir: data.settings.dataDir, databaseUrl: data.settings.databaseUrl, schedule: { enabled: false } } }),
        }),
      ],
      controllers: [OpenController],
    })
    class HostModule {}
    app = await NestFactory.create<NestExpressApplication>(HostModule, { logger: false, abortOnError: false });
    await app.listen(0, '127.0.0.1');
  });
  afterAll(async () => {
    await app.close();
    data.remove();
  });

  it("only the guard's users come in, by the names and rights that they have there", async () => {
    const history = (session: string) => request(app.getHttpServer()).get(`${base}/assets/process/history`).set('X-Session', session);
    expect((await history('s-1')).status).toBe(200);
    expect((await history('s-2')).status).toBe(200);
    const start = await request(app.getHttpServer()).post(`${base}/assets/process`).set('X-Session', 's-2').send({ path: '/content/dam', type: 'ASSET_PROCESSING' });
    expect([start.status, start.body.message]).toEqual([403, 'The user "bob" lacks the role "operator".']);
  });

  it('all others are refused in the one shape of an error', async () => {
    const refused = await request(app.getHttpServer()).get(`${base}/assets/process/history`).set('X-Session', 'nobody');
    expect([refused.status, refused.body]).toEqual([403, { statusCode: 403, error: 'Forbidden', message: expect.any(String) }]);
  });

  it('health is told without it, and routes of the host are as they were', async () => {
    expect((await request(app.getHttpServer()).get(`${base}/health/live`)).status).toBe(200);
    expect((await request(app.getHttpServer()).get('/open')).text).toBe('for everybody');
  });
});
