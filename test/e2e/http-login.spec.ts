import { createSecretKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { SignJWT } from 'jose';
import request from 'supertest';
import type { GuidesSettings } from '../../src/contracts/settings.js';
import { authorization, BASE, PASSWORD, serveHttp, USERS } from '../support/http-service.js';
import { ProcessingFake } from '../support/processing-fake.js';

const SECRET = 'a secret of more than thirty-two bytes';
const HISTORY = `${BASE}/assets/process/history`;

describe('logging in over HTTP', () => {
  const folder = mkdtempSync(join(tmpdir(), 'guides-login-'));
  const apps: NestExpressApplication[] = [];

  beforeAll(() => {
    writeFileSync(join(folder, 'secret'), SECRET);
  });
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close();
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  async function serve(change: (settings: GuidesSettings) => Partial<GuidesSettings>): Promise<NestExpressApplication> {
    const app = await serveHttp(new ProcessingFake(), { isDatabase: false, ping: () => Promise.resolve() }, (settings) => ({ ...settings, ...change(settings) }));
    apps.push(app);
    return app;
  }

  const withTokens = (): Promise<NestExpressApplication> =>
    serve(({ jwt }) => ({ jwt: { ...jwt, keyFile: join(folder, 'secret'), algorithms: ['HS256'], issuer: 'id', audience: 'guides', pathPrefixesClaim: 'paths' } }));

  function token(claims: object, lifetime = '1 min'): Promise<string> {
    return new SignJWT({ iss: 'id', aud: 'guides', sub: 'tina', roles: ['operator'], paths: ['/content/dam/b'], ...claims })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime(lifetime)
      .sign(createSecretKey(Buffer.from(SECRET)));
  }

  const limited = (limits: Partial<GuidesSettings['failedLogins']>, trustedProxies = 1): Promise<NestExpressApplication> =>
    serve(({ failedLogins, http }) => ({
      failedLogins: { ...failedLogins, ...limits },
      http: { ...http, connections: { ...http.connections, trustedProxies } },
    }));

  /** From an address, by what a proxy says. */
  async function attempt(app: NestExpressApplication, address: string, header: string): Promise<request.Response> {
    return request(app.getHttpServer()).get(HISTORY).set('Authorization', header).set('X-Forwarded-For', address);
  }

  it('takes a token beside Basic, with its roles and paths', async () => {
    const app = await withTokens();
    const get = (path: string, header: string) => request(app.getHttpServer()).get(path).set('Authorization', header);
    expect((await get(HISTORY, `Bearer ${await token({})}`)).status).toBe(200);
    expect((await get(HISTORY, authorization(USERS.viewer))).status).toBe(200);
    const start = (path: string, bearer: string) =>
      request(app.getHttpServer()).post(`${BASE}/assets/process`).set('Authorization', `Bearer ${bearer}`).send({ path, type: 'ASSET_PROCESSING' });
    expect((await start('/content/dam/b', await token({}))).status).toBe(200);
    expect((await start('/content/dam/a', await token({}))).status).toBe(403);
    expect((await start('/content/dam/b', await token({ roles: ['viewer'] }))).status).toBe(403);
    expect((await start('/content/dam/b', await token({ roles: [] }))).status).toBe(403);
  });

  it('answers every refused login alike, with the schemes in use', async () => {
    const app = await withTokens();
    const [, payload] = (await token({})).split('.');
    const refused = [
      authorization(USERS.viewer, 'wrong'),
      authorization('nobody'),
      'Basic %%%',
      'Bearer x',
      `Bearer ${await token({}, '-1 min')}`,
      `Bearer ${await token({ aud: 'others' })}`,
      `Bearer e30.${payload}.`,
      'Digest username="x"',
    ];
    for (const header of refused) {
      const answer = await request(app.getHttpServer()).get(HISTORY).set('Authorization', header);
      expect([header, answer.status, answer.body, answer.headers['www-authenticate']]).toEqual([
        header,
        401,
        { statusCode: 401, error: 'Unauthorized', message: 'Sign in to use this service: the request names no known user.' },
        'Basic realm="guides", charset="UTF-8", Bearer realm="guides"',
      ]);
    }
  });

  it('names no token scheme where no token is taken', async () => {
    const answer = await request((await serve(() => ({}))).getHttpServer()).get(HISTORY);
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Basic realm="guides", charset="UTF-8"']);
  });

  it('takes as long to refuse an unknown user as a wrong password', async () => {
    const app = await limited({ perUser: 1000, perAddress: 1000 });
    const time = async (header: string): Promise<number> => {
      const started = performance.now();
      await attempt(app, '10.0.0.1', header);
      return performance.now() - started;
    };
    const wrong: number[] = [];
    const unknown: number[] = [];
    for (let i = 0; i < 40; i++) {
      wrong.push(await time(authorization(USERS.viewer, `wrong ${i}`)));
      unknown.push(await time(authorization(`nobody ${i}`)));
    }
    const median = (times: number[]): number => times.sort((a, b) => a - b)[times.length >> 1] ?? 0;
    const ratio = median(wrong) / median(unknown);
    expect(ratio).toBeGreaterThan(0.6);
    expect(ratio).toBeLessThan(1 / 0.6);
  });

  it('refuses a sender whose logins failed too often, and nobody else, until the block is over', async () => {
    const app = await limited({ perUser: 3, perAddress: 100, blockSeconds: 1 });
    for (let i = 0; i < 4; i++) expect((await attempt(app, '10.0.0.1', authorization(USERS.viewer, 'wrong'))).status).toBe(401);
    const refused = await attempt(app, '10.0.0.1', authorization(USERS.viewer));
    expect([refused.status, refused.body, refused.headers['retry-after']]).toEqual([
      429,
      { statusCode: 429, error: 'Too Many Requests', message: 'Too many failed logins; try again in 1 s.' },
      '1',
    ]);
    expect((await attempt(app, '10.0.0.2', authorization(USERS.viewer))).status).toBe(200);
    expect((await attempt(app, '10.0.0.1', authorization(USERS.operator))).status).toBe(200);
    expect((await request(app.getHttpServer()).get(HISTORY).set('X-Forwarded-For', '10.0.0.1')).status).toBe(401);
    let status = 429;
    for (const until = Date.now() + 5000; status === 429 && Date.now() < until; ) {
      status = (await attempt(app, '10.0.0.1', authorization(USERS.viewer))).status;
    }
    expect(status).toBe(200);
  });

  it('counts all names and tokens of one address, and a /64 of IPv6 as one', async () => {
    const app = await limited({ perUser: 100, perAddress: 3 });
    for (let i = 0; i < 3; i++) await attempt(app, `2001:db8:1:2::${i + 1}`, authorization(`name ${i}`, PASSWORD));
    expect((await attempt(app, '2001:db8:1:2:ffff::1', 'Bearer x.y.z')).status).toBe(401);
    expect((await attempt(app, '2001:db8:1:2:3:4:5:6', authorization(USERS.viewer))).status).toBe(429);
    expect((await attempt(app, '2001:db8:1:3::1', authorization(USERS.viewer))).status).toBe(200);
    expect((await attempt(app, '2001:db8:1::2:0:0:1', authorization(USERS.viewer))).status).toBe(200);
  });

  it('does not believe an address that no trusted proxy has given', async () => {
    const app = await limited({ perUser: 2, perAddress: 100 }, 0);
    for (let i = 0; i < 3; i++) await attempt(app, `10.0.0.${i}`, authorization(USERS.viewer, 'wrong'));
    expect((await attempt(app, '10.0.0.9', authorization(USERS.viewer))).status).toBe(429);
  });

  it('never refuses whoever logs in rightly, however often', async () => {
    const app = await limited({ perUser: 1, perAddress: 1 });
    for (let i = 0; i < 20; i++) expect((await attempt(app, '10.0.0.1', authorization(USERS.viewer))).status).toBe(200);
  });
});
