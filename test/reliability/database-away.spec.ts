import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { createConnection } from 'mysql2/promise';
import type { Response } from 'supertest';
import type { GuidesSettings } from '../../src/contracts/settings.js';
import { loadSettings } from '../../src/settings.js';
import { call, USERS } from '../support/http-service.js';
import { MariadbServer } from '../support/mariadb-server.js';
import { RunningService } from '../support/running-service.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const { operator } = USERS;
const ANSWER_MS = 2600;
/** The longest that any answer may take. */
const BOUND_MS = ANSWER_MS + 1500;
/** The database check takes 2 s at most (http-api.md, "GET /system/status"). */
const CHECK_MS = 2500;
/** What only the log may say: stacks, statements, files, addresses, codes of the driver. */
const INNARDS = /\bat .+:\d+|SELECT|INSERT|UPDATE|guides_|jcr_|\/tmp\/|\/work|node_modules|socket|127\.0\.0\.1|E(CONN|NOENT|PIPE)|SQLITE|ER_/;
const FOLDER = '/content/dam/away';

function settingsOf(folder: string, databaseUrl: string): GuidesSettings {
  const settings = loadSettings({ DATA_DIR: join(folder, 'data'), DATABASE_URL: databaseUrl, SCHEDULE_ENABLED: 'false' });
  return {
    ...settings,
    http: { ...settings.http, answerTimeoutMs: ANSWER_MS },
    processing: { ...settings.processing, sweepMs: 100, leaseMs: 2000, retryDelayMs: 100, maxAttempts: 1000 },
  };
}

/** Every route that needs the database. */
function requests(service: RunningService, processingId: string): [string, () => PromiseLike<Response>][] {
  const get = (path: string) => [`GET ${path.split('?')[0] ?? ''}`, () => call(service.app, 'get', path, operator)] as [string, () => PromiseLike<Response>];
  const post = (path: string, body: object) => [`POST ${path}`, () => call(service.app, 'post', path, operator).send(body)] as [string, () => PromiseLike<Response>];
  return [
    get(`/assets/process/status?processingId=${processingId}`),
    get(`/assets/process/logs?processingId=${processingId}`),
    get(`/assets/process/logs/download?processingId=${processingId}`),
    get('/assets/process/history'),
    get(`/assets/references?path=${FOLDER}/0.dita&direction=outgoing`),
    get(`/assets/brokenlinks?path=${FOLDER}`),
    get(`/assets/report?path=${FOLDER}`),
    get(`/assets/keyspaces?path=${FOLDER}`),
    get('/health/ready'),
    post('/assets/process', { path: FOLDER, type: 'ASSET_PROCESSING' }),
    post('/assets/process/cancel', { processingId }),
    post('/assets/process/resume', { processingId }),
    post('/assets/process/restart', { processingId }),
  ];
}

async function timed<T>(ask: () => PromiseLike<T>): Promise<{ answer: T; tookMs: number }> {
  const begin = performance.now();
  const answer = await ask();
  return { answer, tookMs: performance.now() - begin };
}

async function expectNothingButErrors(service: RunningService, processingId: string): Promise<void> {
  const asked = requests(service, processingId).map(async ([name, ask]) => ({ name, ...(await timed(ask)) }));
  for (const { name, answer, tookMs } of await Promise.all(asked)) {
    expect([name, answer.status, answer.body]).toEqual([
      name,
      500,
      { statusCode: 500, error: 'Internal Server Error', message: expect.any(String), errorId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    ]);
    expect(JSON.stringify([answer.body, answer.headers])).not.toMatch(INNARDS);
    expect([name, tookMs < BOUND_MS]).toEqual([name, true]);
  }
  const { answer, tookMs } = await timed(() => call(service.app, 'get', '/system/status', operator));
  expect(answer.body).toMatchObject({ databaseConnectionCheck: 'failed' });
  expect(tookMs).toBeLessThan(CHECK_MS);
  await call(service.app, 'get', '/health/live').expect(200);
}

async function expectAllWell(service: RunningService): Promise<void> {
  await call(service.app, 'get', '/health/ready').expect(200);
  expect((await call(service.app, 'get', '/system/status', operator)).body).toMatchObject({ databaseConnectionCheck: 'passed' });
  const processingId = await startWhenFree(service);
  expect(await service.ended(processingId)).toMatchObject({ status: 'SUCCESS', counts: { total: 3, succeeded: 3 } });
  for (const [name, ask] of requests(service, processingId)) {
    const { status } = await ask();
    expect([name, status]).not.toEqual([name, 500]);
  }
  for (const { processingId: id } of await service.jobs.history(10)) await service.ended(id);
}

/** A start that was answered with an error may come true late, and then stands in the way until it has ended. */
async function startWhenFree(service: RunningService): Promise<string> {
  for (;;) {
    const { status, body } = await call(service.app, 'post', '/assets/process', operator).send({ path: FOLDER, type: 'ASSET_PROCESSING' });
    const { processingId } = body as { processingId: string };
    if (status === 200) return processingId;
    expect([status, body]).toEqual([400, expect.objectContaining({ processingId: expect.any(String) })]);
    await service.ended(processingId);
  }
}

async function putAssets(service: RunningService): Promise<void> {
  for (let i = 0; i < 3; i++) await service.put(`${FOLDER}/${i}.dita`, `<topic id="t${i}"><title>T</title></topic>`);
}

describe.each(['stopped', 'silent'] as const)('a database server that is %s', (trouble) => {
  let mariadb: MariadbServer;
  let proxy: TcpProxy;
  let service: RunningService;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'guides-away-'));
    const { server, socket } = await MariadbServer.start();
    mariadb = server;
    const connection = await createConnection({ socketPath: socket, user: 'root' });
    await connection.query('CREATE DATABASE away');
    await connection.end();
    proxy = await TcpProxy.listen({ path: socket });
    service = await RunningService.open(settingsOf(folder, `mariadb://root@127.0.0.1:${proxy.port}/away`));
    await putAssets(service);
  });
  afterAll(async () => {
    proxy.flow();
    await service.close();
    await proxy.close();
    await mariadb.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('makes every route answer soon that it failed, and nothing more; once it is back all goes on without a restart', async () => {
    const processingId = await service.start(FOLDER);
    await service.ended(processingId);
    if (trouble === 'stopped') await mariadb.stop();
    else proxy.stall();
    await expectNothingButErrors(service, processingId);
    if (trouble === 'stopped') await mariadb.startAgain();
    else proxy.flow();
    await expectAllWell(service);
  });
});

describe('a SQLite file', () => {
  let folder: string;
  let service: RunningService;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'guides-away-'));
    service = await RunningService.open(settingsOf(folder, `sqlite:${join(folder, 'guides.sqlite')}`));
    await putAssets(service);
  });
  afterEach(async () => {
    await service.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('that another process keeps locked makes writes fail in time, and reads go on; then all works', async () => {
    const other = new Sqlite(join(folder, 'guides.sqlite'));
    other.exec('BEGIN IMMEDIATE');
    const { answer, tookMs } = await timed(() => call(service.app, 'post', '/assets/process', operator).send({ path: FOLDER, type: 'ASSET_PROCESSING' }));
    expect([answer.status, answer.body]).toEqual([500, expect.objectContaining({ errorId: expect.any(String) })]);
    expect(JSON.stringify(answer.body)).not.toMatch(INNARDS);
    expect(tookMs).toBeLessThan(BOUND_MS);
    await call(service.app, 'get', '/assets/process/history', operator).expect(200);
    await call(service.app, 'get', '/health/ready').expect(200);
    other.exec('ROLLBACK');
    other.close();
    await expectAllWell(service);
  });

  it('that cannot grow makes writes fail at once, and reads go on; then all works', async () => {
    const limit = (pages: number) => service.database.writeSource.query(`PRAGMA max_page_count = ${pages}`);
    await limit(1);
    const blocked = { path: FOLDER, type: 'ASSET_PROCESSING', excludedPaths: Array.from({ length: 5000 }, (_, i) => `/content/dam/x/${i}`) };
    const { answer, tookMs } = await timed(() => call(service.app, 'post', '/assets/process', operator).send(blocked));
    expect([answer.status, answer.body]).toEqual([500, expect.objectContaining({ errorId: expect.any(String) })]);
    expect(JSON.stringify(answer.body)).not.toMatch(INNARDS);
    expect(tookMs).toBeLessThan(BOUND_MS);
    await call(service.app, 'get', '/assets/process/history', operator).expect(200);
    await limit(1_000_000_000);
    await expectAllWell(service);
  });
});
