import type { AddressInfo } from 'node:net';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { ConnectionLimits } from '../../src/contracts/settings.js';
import { authorization, BASE, call, serveHttp, USERS } from '../support/http-service.js';
import { ProcessingFake } from '../support/processing-fake.js';
import { RawConnection } from '../support/raw-connection.js';

const LIMITS: ConnectionLimits = { maxHeaderBytes: 8192, headersTimeoutMs: 300, requestTimeoutMs: 600, keepAliveTimeoutMs: 300, trustedProxies: 0 };
const ANSWER_MS = 1000;
/** Far above all limits, far below Node's own. */
const SOON_MS = 5000;

describe('the connections of the service', () => {
  let app: NestExpressApplication;
  let port: number;
  const processing = new ProcessingFake();
  const open: RawConnection[] = [];

  beforeAll(async () => {
    app = await serveHttp(processing, { isDatabase: true, ping: () => Promise.resolve() }, (settings) => ({
      ...settings,
      http: { ...settings.http, answerTimeoutMs: ANSWER_MS, connections: LIMITS },
    }));
    port = (app.getHttpServer().address() as AddressInfo).port;
  });
  afterEach(() => {
    for (const connection of open.splice(0)) connection.close();
    jest.restoreAllMocks();
  });
  afterAll(() => app.close());

  async function connection(): Promise<RawConnection> {
    const opened = await RawConnection.open(port);
    open.push(opened);
    return opened;
  }

  /** Milliseconds until the service ends the connection. */
  async function endOf(connection: RawConnection): Promise<number> {
    const begin = performance.now();
    await connection.ended;
    return performance.now() - begin;
  }

  function expectRefusal(received: string, message: string): void {
    const [head = '', body = ''] = received.split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(head).toMatch(/Connection: close/);
    expect(JSON.parse(body)).toEqual({ statusCode: 400, error: 'Bad Request', message });
  }

  it('ends one whose headers trickle in, however steadily', async () => {
    const slow = await connection();
    slow.send(`GET ${BASE}/health/live HTTP/1.1\r\nHost: x\r\n`);
    const trickle = setInterval(() => slow.send('X-A: b\r\n'), 50);
    expect(await endOf(slow)).toBeLessThan(SOON_MS);
    clearInterval(trickle);
    expectRefusal(slow.received, 'The request did not arrive in time.');
  });

  it('ends one whose body trickles in', async () => {
    const slow = await connection();
    slow.send(`POST ${BASE}/assets/process HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization(USERS.operator)}\r\n`);
    slow.send('Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{');
    const trickle = setInterval(() => slow.send(' '), 50);
    expect(await endOf(slow)).toBeLessThan(SOON_MS);
    clearInterval(trickle);
    expectRefusal(slow.received, 'The request did not arrive in time.');
  });

  it('ends one that sends nothing', async () => {
    expect(await endOf(await connection())).toBeLessThan(SOON_MS);
  });

  it('ends one that is idle after an answer', async () => {
    const idle = await connection();
    idle.send(`GET ${BASE}/health/live HTTP/1.1\r\nHost: x\r\n\r\n`);
    await idle.until('{"status":"ok"}');
    expect(await endOf(idle)).toBeLessThan(SOON_MS);
  });

  it('answers others while a hundred connections send nothing', async () => {
    for (let i = 0; i < 100; i++) (await connection()).send('GET / HTTP/1.1\r\n');
    const begin = performance.now();
    await call(app, 'get', '/health/live').expect(200);
    expect(performance.now() - begin).toBeLessThan(1000);
    await Promise.all(open.map(({ ended }) => ended));
  });

  it.each([
    ['headers that are too large', `GET ${BASE}/health/live HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(9000)}\r\n\r\n`, 'The request line and headers are too large.'],
    ['a URL that is too long', `GET ${BASE}/${'a'.repeat(9000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 'The request line and headers are too large.'],
    ['what is no HTTP', '\x16\x03\x01\x02\x00\x01\x00', 'The request is not valid HTTP.'],
    ['two lengths that differ', `POST ${BASE}/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab`, 'The request is not valid HTTP.'],
    ['a length and chunks', `POST ${BASE}/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 'The request is not valid HTTP.'],
    ['a request without Host', `GET ${BASE}/health/live HTTP/1.1\r\n\r\n`, 'The request has no Host.'],
    ['an Expect that is unknown', `POST ${BASE}/x HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n`, 'The only Expect is 100-continue.'],
  ])('refuses %s in the one shape', async (_what, text, message) => {
    const broken = await connection();
    broken.send(text);
    await broken.ended;
    expectRefusal(broken.received, message);
  });

  it('answers with 500 when nobody comes up with an answer in time, and says no more', async () => {
    jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    jest.spyOn(processing, 'history').mockReturnValue(new Promise(() => {}));
    const begin = performance.now();
    const { status, body } = await call(app, 'get', '/assets/process/history', USERS.viewer);
    expect([status, body]).toEqual([500, { statusCode: 500, error: 'Internal Server Error', message: expect.any(String), errorId: expect.any(String) }]);
    expect(performance.now() - begin).toBeLessThan(ANSWER_MS + SOON_MS);
  });
});
