import type { NestExpressApplication } from '@nestjs/platform-express';
import { call, serveHttp, USERS } from '../support/http-service.js';
import { ProcessingFake } from '../support/processing-fake.js';

const { viewer, operator } = USERS;

describe('system routes', () => {
  let app: NestExpressApplication;
  const ping = jest.fn<Promise<void>, []>();

  beforeAll(async () => {
    app = await serveHttp(new ProcessingFake(), { isDatabase: true, ping }, (settings) => ({
      ...settings,
      http: { ...settings.http, maxBodyBytes: 1024 },
    }));
  });
  afterAll(() => app.close());

  it('says that the database answers', async () => {
    ping.mockResolvedValue();
    const { body } = await call(app, 'get', '/system/status', viewer);
    expect(body).toEqual({ isDatabase: true, databaseConnectionCheck: 'passed' });
  });

  it('says that the database refuses', async () => {
    ping.mockRejectedValue(new Error('gone'));
    const { body } = await call(app, 'get', '/system/status', viewer);
    expect(body).toEqual({ isDatabase: true, databaseConnectionCheck: 'failed' });
  });

  it('does not wait longer than 2 s for the database, nor asks it twice meanwhile', async () => {
    let answerAtLast = () => {};
    ping.mockReset().mockReturnValue(new Promise((resolve) => (answerAtLast = resolve)));
    const begin = performance.now();
    const answers = await Promise.all([call(app, 'get', '/system/status', viewer), call(app, 'get', '/system/status', viewer)]);
    expect(performance.now() - begin).toBeLessThan(3000);
    expect(answers.map(({ body }) => (body as { databaseConnectionCheck: string }).databaseConnectionCheck)).toEqual(['failed', 'failed']);
    expect(ping).toHaveBeenCalledTimes(1);
    answerAtLast();
  });

  it('is alive but not ready while the database does not answer', async () => {
    const silenced = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    ping.mockReset().mockRejectedValue(new Error('gone'));
    await call(app, 'get', '/health/live').expect(200);
    const { status, body } = await call(app, 'get', '/health/ready');
    silenced.mockRestore();
    expect([status, body]).toMatchObject([500, { statusCode: 500, errorId: expect.any(String) }]);
    expect(JSON.stringify(body)).not.toContain('gone');
  });

  it('takes the limit of bodies from the settings', async () => {
    const body = { path: '/content/dam', type: 'ASSET_PROCESSING', excludedPaths: 'x'.repeat(2000) };
    await call(app, 'post', '/assets/process', operator).send(body).expect(413);
  });

  it.each(['/%zz', '/system/%', '/assets/%ff', '/health/live%c0%af'])('knows no route that cannot be decoded, and says so only to a known user: %s', async (path) => {
    expect((await call(app, 'get', path)).status).toBe(401);
    const { status, text } = await call(app, 'get', `${path}?a=%zz`, viewer);
    expect([status, text]).toEqual([400, JSON.stringify({ statusCode: 400, error: 'Bad Request', message: `There is no GET /bin/guides/v1${path}.` })]);
  });
});
