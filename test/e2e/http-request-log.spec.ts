import { randomUUID } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { serviceLog } from '../../src/log/service-log.js';
import { authorization, BASE, call, serveHttp, USERS } from '../support/http-service.js';
import { ProcessingFake } from '../support/processing-fake.js';

const { viewer, operator } = USERS;
/** Everything that may stand in a line as it is. */
const PLAIN = /^[^\p{Cc}\u2028\u2029]*\n$/u;

interface Entry {
  level: string;
  msg: string;
  requestId?: string;
  [field: string]: unknown;
}

describe('the log of the service', () => {
  let app: NestExpressApplication;
  const processing = new ProcessingFake();
  const lines: string[] = [];
  let awaited: { requestId: string; arrived: () => void } | null = null;

  const write = (line: string): void => {
    lines.push(line);
    if (awaited && line.includes(awaited.requestId) && line.includes('"durationMs"')) awaited.arrived();
  };

  beforeAll(async () => {
    const log = serviceLog({ level: 'trace', readable: false, write });
    app = await serveHttp(processing, { isDatabase: true, ping: () => Promise.resolve() }, undefined, log);
  });
  afterAll(() => app.close());
  beforeEach(() => {
    lines.length = 0;
    jest.restoreAllMocks();
  });

  /** What the log says of one request, once it has been answered. */
  async function loggedOf(ask: (requestId: string) => PromiseLike<unknown>): Promise<Entry[]> {
    const requestId = randomUUID();
    const done = new Promise<void>((arrived) => (awaited = { requestId, arrived }));
    await ask(requestId);
    await done;
    return lines.map((line) => JSON.parse(line) as Entry).filter((entry) => entry.requestId === requestId);
  }

  it('has one line for each request: who asked for what, by which route, and what came of it', async () => {
    const { processingId } = processing.add();
    const entries = await loggedOf((id) => call(app, 'get', `/assets/process/status?processingId=${processingId}`, viewer).set('X-Request-Id', id));
    expect(entries).toEqual([
      {
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        level: 'info',
        msg: 'answered',
        requestId: expect.any(String),
        method: 'GET',
        path: `${BASE}/assets/process/status`,
        query: { processingId },
        route: `${BASE}/assets/process/status`,
        status: 200,
        durationMs: expect.any(Number),
        user: viewer,
        address: expect.stringContaining('127.0.0.1'),
      },
    ]);
  });

  it('names the user who lacks a right, and nobody where nobody is known', async () => {
    const body = { path: '/content/dam', type: 'ASSET_PROCESSING' };
    const refused = await loggedOf((id) => call(app, 'post', '/assets/process', viewer).set('X-Request-Id', id).send(body));
    expect(refused).toMatchObject([{ status: 403, user: viewer }]);
    const unknown = await loggedOf((id) => call(app, 'get', '/assets/process/history').set('X-Request-Id', id));
    expect(unknown).toMatchObject([{ status: 401, user: null }]);
  });

  it.each([
    [0, expect.stringContaining('127.0.0.1')],
    [1, '203.0.113.7'],
  ])('has the address of the sender, as %i trusted proxies tell it', async (trustedProxies, address) => {
    app.set('trust proxy', trustedProxies);
    const entries = await loggedOf((id) => call(app, 'get', '/history', viewer).set('X-Request-Id', id).set('X-Forwarded-For', '198.51.100.1, 203.0.113.7'));
    app.set('trust proxy', 0);
    expect(entries).toMatchObject([{ address }]);
  });

  it('tells of checks that pass at the level debug only', async () => {
    expect(await loggedOf((id) => call(app, 'get', '/health/live').set('X-Request-Id', id))).toMatchObject([{ level: 'debug', status: 200 }]);
  });

  it.each(['a', 'trace:01-af.b_c=9', 'x'.repeat(128)])('answers with the id that the caller gave: %s', async (requestId) => {
    const { headers } = await call(app, 'get', '/health/live').set('X-Request-Id', requestId);
    expect(headers['x-request-id']).toBe(requestId);
  });

  it.each(['', 'x'.repeat(129), 'a b', '<script>', 'a"b', 'ä', '$(reboot)', 'a,b'])('makes up an id of its own in the place of %j', async (requestId) => {
    const { headers } = await call(app, 'get', '/health/live').set('X-Request-Id', Buffer.from(requestId).toString('latin1'));
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('has the errorId of a 500 on a line with the id of the request, and the whole chain of causes', async () => {
    jest.spyOn(processing, 'history').mockRejectedValue(new Error('outer', { cause: Object.assign(new Error('inner'), { code: 'ER_INNER' }) }));
    let errorId = '';
    const entries = await loggedOf(async (id) => {
      const { body } = await call(app, 'get', '/assets/process/history', viewer).set('X-Request-Id', id);
      errorId = (body as { errorId: string }).errorId;
    });
    expect(entries).toMatchObject([
      { level: 'error', context: 'GuidesHttp', msg: expect.stringMatching(/outer[^]*caused by: Error: inner[^]*ER_INNER/) },
      { level: 'error', status: 500 },
    ]);
    expect(entries[0]?.msg).toContain(errorId);
  });

  it('never shows passwords, tokens, cookies, parameters at large or bodies', async () => {
    const canary = `canary${randomUUID()}`;
    const send = [
      (id: string) => call(app, 'get', '/assets/process/history').set('X-Request-Id', id).set('Authorization', authorization(viewer, canary)),
      (id: string) => call(app, 'get', '/assets/process/history').set('X-Request-Id', id).set('Authorization', `Bearer ${canary}`),
      (id: string) => call(app, 'get', '/assets/process/history').set('X-Request-Id', id).set('Authorization', canary),
      (id: string) => call(app, 'get', `/assets/process/history?access_token=${canary}&${canary}=1`, viewer).set('X-Request-Id', id),
      (id: string) => call(app, 'get', '/health/live').set('X-Request-Id', id).set('Cookie', `session=${canary}`).set('X-Api-Key', canary).set('Referer', canary),
      (id: string) => call(app, 'post', '/assets/process', operator).set('X-Request-Id', id).send({ path: '/content/dam', type: 'X', [canary]: 1 }),
      (id: string) => call(app, 'post', '/assets/process', operator).set('X-Request-Id', id).set('Content-Type', 'application/json').send(`{"${canary}`),
      (id: string) => call(app, 'post', '/assets/process', operator).set('X-Request-Id', id).send(`password=${canary}`),
    ];
    for (const one of send) expect(await loggedOf(one)).not.toEqual([]);
    // A failure of the database may hold what was sent.
    jest.spyOn(processing, 'start').mockRejectedValue(Object.assign(new Error('failed'), { query: 'INSERT …', parameters: [canary] }));
    const body = { path: '/content/dam', type: 'ASSET_PROCESSING' };
    expect(await loggedOf((id) => call(app, 'post', '/assets/process', operator).set('X-Request-Id', id).send(body))).toHaveLength(2);
    const text = lines.join('');
    expect(text).not.toContain(canary);
    expect(text).not.toContain(Buffer.from(`${viewer}:${canary}`).toString('base64'));
  });

  it('removes what goes by the name of a secret, should it ever be logged', () => {
    const said: string[] = [];
    serviceLog({ level: 'info', readable: false, write: (line) => said.push(line) }).info({ headers: { authorization: 'canary', cookie: 'canary' }, password: 'canary' }, 'x');
    expect(said.join('')).not.toContain('canary');
  });

  it('never holds a raw control character, wherever it comes from', async () => {
    const { port } = app.getHttpServer().address() as AddressInfo;
    const headers = { authorization: authorization(viewer), 'x-request-id': 'a\u0085b' };
    jest.spyOn(processing, 'history').mockRejectedValue(new Error('a\u0000b\u001b[31mc\u0085d\u2028e\rf'));
    await new Promise((resolve, reject) => {
      const request = httpRequest({ port, path: `${BASE}/assets/process/history?path=%00%0A%1B%C2%85%E2%80%A8`, headers }, (response) => {
        response.resume().once('close', resolve);
      });
      request.once('error', reject).end();
    });
    await loggedOf((id) => call(app, 'get', '/health/live').set('X-Request-Id', id));
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(line).toMatch(PLAIN);
  });

  it('is a readable line at a terminal', () => {
    const said: string[] = [];
    const log = serviceLog({ level: 'info', readable: true, write: (line) => said.push(line) });
    log.warn({ path: '/a', user: 'an "odd" one', nested: { a: 1 } }, 'hello\nworld \u001b[31m');
    expect(said).toEqual([expect.stringMatching(/^\S+Z WARN {2}hello\\nworld \\u001b\[31m path=\/a user="an \\"odd\\" one" nested=\{"a":1\}\n$/)]);
  });
});
