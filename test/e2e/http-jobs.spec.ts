import type { NestExpressApplication } from '@nestjs/platform-express';
import { call, serveHttp, USERS } from '../support/http-service.js';
import { ProcessingFake } from '../support/processing-fake.js';

const { viewer, operator } = USERS;
const FORM = 'application/x-www-form-urlencoded';
const UNKNOWN_ID = '00000000-0000-4000-8000-000000000000';

describe('jobs over HTTP', () => {
  let app: NestExpressApplication;
  let processing: ProcessingFake;

  beforeAll(async () => {
    processing = new ProcessingFake();
    app = await serveHttp(processing, { isDatabase: true, ping: () => Promise.resolve() });
  });
  afterAll(() => app.close());
  beforeEach(() => {
    processing.jobs.clear();
    processing.broken = null;
  });

  it('answers the status with the published fields in the published order', async () => {
    const { processingId } = processing.add({
      status: 'IN_PROGRESS',
      excludedPaths: ['/content/dam/a/x'],
      startedAtMs: 1761291362776,
      hasLogs: true,
      calculationStatus: 'SUCCESS',
      counts: { total: 6000, succeeded: 1490, failed: 8, skipped: 2 },
      filter: { fileTypes: ['DITAMAP'], endTime: 7, filterProcessedAssets: true },
    });
    const { text } = await call(app, 'get', `/assets/process/status?processingId=${processingId}`, viewer);
    expect(text).toBe(
      JSON.stringify({
        processingId,
        path: '/content/dam/a',
        excludedPaths: ['/content/dam/a/x'],
        status: 'IN_PROGRESS',
        triggeredCount: 1500,
        startedAt: 1761291362776,
        completedAt: 0,
        hasLogs: true,
        createdBy: 'olga',
        type: 'ASSET_PROCESSING',
        migrationSet: { totalFiles: 6000, calculationStatus: 'SUCCESS' },
        eta: { value: 42, unit: 'SECONDS' },
        comments: '',
        filter: { fileTypes: ['DITAMAP'], endTime: 7, filterProcessedAssets: true },
        restartable: false,
        resumable: false,
        cancellable: true,
        succeededCount: 1490,
        failedCount: 8,
        skippedCount: 2,
      }),
    );
  });

  it.each([
    ['WAITING', { cancellable: true, resumable: false, restartable: false }],
    ['IN_PROGRESS', { cancellable: true, resumable: false, restartable: false }],
    ['SUCCESS', { cancellable: false, resumable: false, restartable: true }],
    ['FAILED', { cancellable: false, resumable: true, restartable: true }],
    ['CANCELLED', { cancellable: false, resumable: true, restartable: true }],
  ] as const)('flags what can be done with a job that is %s', async (status, flags) => {
    const { processingId } = processing.add({ status });
    const { body } = await call(app, 'get', `/assets/process/status?processingId=${processingId}`, viewer);
    expect(body).toMatchObject(flags);
  });

  it.each([
    ['', 'processingId is required.'],
    ['?processingId=', 'processingId is required.'],
    ['?processingId=a&processingId=b', 'processingId must be given once.'],
    ['?processingId[]=a', 'processingId is required.'],
    ['?processingId=nonsense', 'No job with processingId "nonsense" exists.'],
    ["?processingId=%00'%22", 'No job with processingId'],
    [`?processingId=${UNKNOWN_ID}`, `No job with processingId "${UNKNOWN_ID}" exists.`],
  ])('refuses the query "%s" wherever a job is named', async (query, message) => {
    const asked = ['/assets/process/status', '/assets/process/logs', '/assets/process/logs/download'].map((path) =>
      call(app, 'get', `${path}${query}`, operator),
    );
    const acted = ['cancel', 'resume', 'restart'].map((action) => call(app, 'post', `/assets/process/${action}${query}`, operator));
    for (const answer of await Promise.all([...asked, ...acted])) {
      expect(answer.body).toEqual({ statusCode: 400, error: 'Bad Request', message: expect.stringContaining(message) });
      expect(answer.status).toBe(400);
    }
  });

  it('cancels, resumes and restarts by JSON, form or query', async () => {
    const { processingId } = processing.add();
    const cancelled = await call(app, 'post', '/assets/process/cancel', operator).send({ processingId });
    expect([cancelled.status, cancelled.body]).toEqual([200, expect.objectContaining({ processingId, status: 'CANCELLED', resumable: true })]);
    const resumed = await call(app, 'post', '/assets/process/resume', operator).type('form').send({ processingId });
    expect([resumed.status, resumed.body]).toEqual([200, expect.objectContaining({ processingId, status: 'WAITING' })]);
    await call(app, 'post', `/assets/process/cancel?processingId=${processingId}`, operator).expect(200);
    const restarted = await call(app, 'post', `/assets/process/restart?processingId=${processingId}`, operator);
    expect(Object.keys(restarted.body as object)).toEqual(['processingId']);
    expect(restarted.body).not.toEqual({ processingId });
  });

  it.each([
    [{ processingId: 5 }, 'processingId must be a string.'],
    [{ processingId: UNKNOWN_ID, force: true }, '"force" is not a field of this request.'],
    [[UNKNOWN_ID], 'The body must be a JSON object.'],
  ])('refuses to cancel by %j', async (body, message) => {
    const answer = await call(app, 'post', '/assets/process/cancel', operator).send(body);
    expect(answer.body).toEqual({ statusCode: 400, error: 'Bad Request', message });
  });

  it('refuses to act when body and query name two jobs, or a form names two', async () => {
    const [one, two] = [processing.add().processingId, processing.add().processingId];
    const differing = await call(app, 'post', `/assets/process/cancel?processingId=${one}`, operator).send({ processingId: two });
    const twice = await call(app, 'post', '/assets/process/cancel', operator).type(FORM).send(`processingId=${one}&processingId=${two}`);
    expect([differing.status, twice.status]).toEqual([400, 400]);
    expect([...processing.jobs.values()].map((job) => job.status)).toEqual(['WAITING', 'WAITING']);
  });

  it('refuses what the state of a job does not allow', async () => {
    const { processingId } = processing.add({ status: 'SUCCESS' });
    for (const action of ['cancel', 'resume']) {
      const answer = await call(app, 'post', `/assets/process/${action}`, operator).send({ processingId });
      expect(answer.body).toEqual({ statusCode: 400, error: 'Bad Request', message: expect.stringMatching(/^A job that is SUCCESS/) });
    }
  });

  it('answers the history newest first, as long as asked', async () => {
    const ids = Array.from({ length: 60 }, () => processing.add().processingId).reverse();
    const history = async (query: string) => {
      const { body } = await call(app, 'get', `/assets/process/history${query}`, viewer);
      return (body as { executionHistory: { processingId: string }[] }).executionHistory.map((job) => job.processingId);
    };
    expect(await history('')).toEqual(ids.slice(0, 50));
    expect(await history('?limit=3')).toEqual(ids.slice(0, 3));
    expect(await history('?limit=0')).toEqual([]);
    for (const limit of ['-1', '1.5', 'x', '', '1001']) {
      await call(app, 'get', `/assets/process/history?limit=${limit}`, viewer).expect(400);
    }
  });

  it('keeps what went wrong inside to its log, under the errorId of the answer', async () => {
    const { processingId } = processing.add();
    processing.broken = new Error("SELECT secret FROM '/var/lib/guides.sqlite'");
    const logged = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    const { status, body } = await call(app, 'get', `/assets/process/status?processingId=${processingId}`, viewer);
    const log = logged.mock.calls.map(([text]) => String(text)).join('');
    logged.mockRestore();
    expect([status, body]).toEqual([
      500,
      {
        statusCode: 500,
        error: 'Internal Server Error',
        message: 'The service failed to answer; its log has more under this errorId.',
        errorId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    ]);
    expect(log).toContain((body as { errorId: string }).errorId);
    expect(log).toContain('SELECT secret');
  });
});
