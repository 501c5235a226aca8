import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Job } from '../../src/contracts/job.js';
import { authorization, BASE, call, serveHttp, USERS } from '../support/http-service.js';
import { ProcessingFake } from '../support/processing-fake.js';

const { viewer, operator, elsewhere } = USERS;
const UNKNOWN_ID = '00000000-0000-4000-8000-000000000000';

type Method = 'get' | 'post';
interface Route {
  method: Method;
  path: (processingId: string) => string;
  body?: () => object;
  /** What is special about the job. */
  job?: Partial<Job>;
  /** What an operator gets. */
  operator: number;
  viewer: number;
  elsewhere: number;
}

const reading = { operator: 200, viewer: 200 };
const acting = { operator: 200, viewer: 403 };

const ROUTES: Record<string, Route> = {
  start: {
    ...acting,
    method: 'post',
    path: () => '/assets/process',
    body: () => ({ path: '/content/dam', type: 'ASSET_PROCESSING' }),
    elsewhere: 403,
  },
  cancel: { ...acting, method: 'post', path: (id) => `/assets/process/cancel?processingId=${id}`, elsewhere: 400 },
  'resume of an active job': { method: 'post', path: (id) => `/assets/process/resume?processingId=${id}`, operator: 400, viewer: 403, elsewhere: 400 },
  'restart of an active job': { method: 'post', path: (id) => `/assets/process/restart?processingId=${id}`, operator: 400, viewer: 403, elsewhere: 400 },
  status: { ...reading, method: 'get', path: (id) => `/assets/process/status?processingId=${id}`, elsewhere: 400 },
  logs: { ...reading, method: 'get', path: (id) => `/assets/process/logs?processingId=${id}`, elsewhere: 400 },
  download: { ...reading, method: 'get', path: (id) => `/assets/process/logs/download?processingId=${id}`, elsewhere: 400 },
  history: { ...reading, method: 'get', path: () => '/assets/process/history', elsewhere: 200 },
  // Of a job at its end, which ends the stream too.
  events: { ...reading, method: 'get', path: (id) => `/assets/process/events?processingId=${id}`, job: { status: 'SUCCESS' }, elsewhere: 400 },
  references: { ...reading, method: 'get', path: () => '/assets/references?path=/content/dam/a', elsewhere: 403 },
  'broken links': { ...reading, method: 'get', path: () => '/assets/brokenlinks?path=/content/dam/a', elsewhere: 403 },
  'key spaces': { ...reading, method: 'get', path: () => '/assets/keyspaces?path=/content/dam/a', elsewhere: 403 },
  'asking for the state of assets': { ...reading, method: 'post', path: () => '/assets/status', body: () => ({ path: '/content/dam/a' }), elsewhere: 403 },
  'the state of assets': { method: 'get', path: () => `/assets/status?jobId=${UNKNOWN_ID}`, operator: 400, viewer: 400, elsewhere: 400 },
  report: { ...reading, method: 'get', path: () => '/assets/report?path=/content/dam/a', elsewhere: 403 },
  'the OpenAPI document': { ...reading, method: 'get', path: () => '/openapi.json', elsewhere: 200 },
  'its page': { ...reading, method: 'get', path: () => '/docs', elsewhere: 200 },
  'a file of that page': { ...reading, method: 'get', path: () => '/docs/start.js', elsewhere: 200 },
  metrics: { ...reading, method: 'get', path: () => '/metrics', elsewhere: 200 },
  'system status': { ...reading, method: 'get', path: () => '/system/status', elsewhere: 200 },
  'an unknown route': { method: 'get', path: () => '/nothing/here', operator: 400, viewer: 400, elsewhere: 400 },
  'the base path': { method: 'get', path: () => '', operator: 400, viewer: 400, elsewhere: 400 },
  'a wrong method': { method: 'get', path: () => '/assets/process/cancel', operator: 400, viewer: 400, elsewhere: 400 },
};

describe('who may call which route', () => {
  let app: NestExpressApplication;
  let processing: ProcessingFake;

  beforeAll(async () => {
    processing = new ProcessingFake();
    app = await serveHttp(processing, { isDatabase: false, ping: () => Promise.resolve() });
  });
  afterAll(() => app.close());
  beforeEach(() => processing.jobs.clear());

  const send = ({ method, path, body, job }: Route, header?: string) => {
    const test = call(app, method, path(processing.add(job).processingId));
    if (header !== undefined) test.set('Authorization', header);
    return body ? test.send(body()) : test;
  };

  describe.each(Object.entries(ROUTES))('%s', (_name, route) => {
    it.each([
      ['nobody', undefined],
      ['an unknown user', authorization('nobody')],
      ['a wrong password', authorization(operator, 'wrong')],
      ['a malformed header', 'Basic ???'],
      ['another scheme', 'Bearer abc'],
    ])('answers %s with the same 401', async (_who, header) => {
      const answer = await send(route, header);
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toBe('Basic realm="guides", charset="UTF-8"');
      expect(answer.body).toEqual({
        statusCode: 401,
        error: 'Unauthorized',
        message: 'Sign in to use this service: the request names no known user.',
      });
    });

    it.each([
      ['a viewer', viewer, route.viewer],
      ['an operator', operator, route.operator],
      ['an operator of another path', elsewhere, route.elsewhere],
    ])('answers %s by his rights', async (_who, user, status) => {
      const answer = await send(route, authorization(user));
      expect(answer.status).toBe(status);
      expect(answer.headers['cache-control']).toBe('no-store');
      if (status >= 400) {
        expect(answer.body).toEqual({ statusCode: status, error: expect.any(String), message: expect.stringMatching(/^[A-Z].*\.$/) });
      }
    });
  });

  it('is asked here of every route that is documented', async () => {
    const { paths } = (await call(app, 'get', '/openapi.json', viewer)).body as { paths: Record<string, object> };
    const documented = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path.replace('{file}', 'start.js')}`));
    const asked = Object.values(ROUTES).map(({ method, path }) => `${method} ${BASE}${path(UNKNOWN_ID).replace(/\?.*/, '')}`);
    const withLogin = documented.filter((route) => !route.includes('/health/'));
    expect(withLogin.filter((route) => !asked.includes(route))).toEqual([]);
  });

  it('answers a job outside of the prefixes exactly as an unknown one', async () => {
    const { processingId } = processing.add();
    const hidden = await call(app, 'get', `/assets/process/status?processingId=${processingId}`, elsewhere);
    const unknown = await call(app, 'get', `/assets/process/status?processingId=${UNKNOWN_ID}`, elsewhere);
    expect(hidden.body).toEqual({ ...(unknown.body as object), message: `No job with processingId "${processingId}" exists.` });
    expect(unknown.body).toMatchObject({ statusCode: 400, message: `No job with processingId "${UNKNOWN_ID}" exists.` });
  });

  it('lets an operator work within his prefix, which is no mere prefix of text', async () => {
    processing.existing.add('/content/dam/b/c').add('/content/dam/bc');
    const start = (path: string) => call(app, 'post', '/assets/process', elsewhere).send({ path, type: 'ASSET_PROCESSING' });
    expect((await start('//content/dam/b//c/')).status).toBe(200);
    expect((await start('/content/dam/b')).status).toBe(200);
    expect((await start('/content/dam/bc')).status).toBe(403);
    expect((await start('/content/dam')).status).toBe(403);
  });

  it('fills the history of a limited user with his own newest jobs', async () => {
    const own = ['/content/dam/b/1', '/content/dam/b/2', '/content/dam/b/3'].map((path) => processing.add({ path }).processingId);
    for (let i = 0; i < 30; i++) processing.add();
    const { body } = await call(app, 'get', '/assets/process/history?limit=2', elsewhere);
    expect(body).toEqual({ executionHistory: [own[2], own[1]].map((processingId) => expect.objectContaining({ processingId })) });
  });

  it('answers health without login', async () => {
    for (const path of ['/health/live', '/health/ready']) {
      const answer = await call(app, 'get', path);
      expect([answer.status, answer.body]).toEqual([200, { status: 'ok' }]);
    }
  });

  it('refuses an unknown user before it reads the body', async () => {
    const answer = await call(app, 'post', '/assets/process').set('Content-Type', 'application/json').send('{"path":');
    expect(answer.status).toBe(401);
  });

  it('refuses what another site lets a browser send, but not JSON that CORS has let through', async () => {
    const cross = () => call(app, 'post', '/assets/process', operator).set('Sec-Fetch-Site', 'cross-site');
    expect((await cross().type('form').send({ path: '/content/dam', type: 'ASSET_PROCESSING' })).status).toBe(403);
    expect((await cross().send({ path: '/content/dam', type: 'ASSET_PROCESSING' })).status).toBe(200);
  });

  it('does not tell what it runs on, and sets the headers that protect browsers', async () => {
    const { headers } = await call(app, 'get', '/system/status', viewer);
    expect(headers['x-powered-by']).toBeUndefined();
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'content-type': 'application/json; charset=utf-8' });
  });

  it.each(['If-None-Match: *', 'If-Match: "x"', 'If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT', 'Range: bytes=0-1'])('answers whole whatever the condition: %s', async (header) => {
    const [name = '', value = ''] = header.split(': ');
    for (const path of ['/system/status', '/docs/swagger-ui.css', '/openapi.json']) {
      const answer = await call(app, 'get', path, viewer).set(name, value);
      expect([path, answer.status]).toEqual([path, 200]);
    }
  });

  it('leaves routes outside of the base path to the host', async () => {
    const answer = await fetch(`${await app.getUrl()}/other`);
    expect(answer.status).toBe(404);
    expect((await fetch(`${await app.getUrl()}${BASE}x`)).status).toBe(404);
  });
});
