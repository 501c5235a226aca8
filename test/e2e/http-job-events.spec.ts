import type { NestExpressApplication } from '@nestjs/platform-express';
import type { StatusView } from '../../src/modules/http/job-view.js';
import { authorization, BASE, call, serveHttp, USERS } from '../support/http-service.js';
import { ProcessingFake } from '../support/processing-fake.js';

const { viewer, elsewhere } = USERS;

/** An open stream of events. */
class Events {
  private text = '';
  private constructor(
    readonly response: Response,
    private readonly reader: ReadableStreamDefaultReader<Uint8Array>,
    private readonly away: AbortController,
  ) {}

  static async open(app: NestExpressApplication, processingId: string): Promise<Events> {
    const away = new AbortController();
    const response = await fetch(`${await app.getUrl()}${BASE}/assets/process/events?processingId=${processingId}`, {
      headers: { authorization: authorization(viewer) },
      signal: away.signal,
    });
    if (!response.body) throw new Error('There is no body.');
    return new Events(response, response.body.getReader(), away);
  }

  /** The next status object; null when the stream has ended. */
  async next(): Promise<StatusView | null> {
    for (;;) {
      const end = this.text.indexOf('\n\n');
      if (end >= 0) {
        const event = this.text.slice(0, end);
        this.text = this.text.slice(end + 2);
        if (event.startsWith('data: ')) return JSON.parse(event.slice('data: '.length)) as StatusView;
        continue;
      }
      const { done, value } = await this.reader.read();
      if (done) return null;
      this.text += Buffer.from(value).toString();
    }
  }

  goAway(): void {
    this.away.abort();
  }
}

describe('GET /assets/process/events', () => {
  let app: NestExpressApplication;
  let processing: ProcessingFake;

  beforeEach(async () => {
    processing = new ProcessingFake();
    app = await serveHttp(processing, { isDatabase: false, ping: () => Promise.resolve() }, (settings) => ({ ...settings, http: { ...settings.http, maxEventStreams: 3 } }));
  });
  afterEach(() => app.close());

  const counts = (succeeded: number) => ({ total: 100, succeeded, failed: 0, skipped: 0 });

  it('tells the status now, at each change, and at the end, and then closes', async () => {
    const job = processing.add({ status: 'IN_PROGRESS', counts: counts(1) });
    const events = await Events.open(app, job.processingId);
    expect(events.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const status = await call(app, 'get', `/assets/process/status?processingId=${job.processingId}`, viewer);
    expect(await events.next()).toEqual(status.body);
    job.counts = counts(50);
    expect(await events.next()).toMatchObject({ status: 'IN_PROGRESS', triggeredCount: 50 });
    Object.assign(job, { status: 'SUCCESS', counts: counts(100), completedAtMs: 7 });
    expect(await events.next()).toMatchObject({ status: 'SUCCESS', triggeredCount: 100, completedAt: 7 });
    expect(await events.next()).toBeNull();
  });

  it('tells of a job that is over once', async () => {
    const job = processing.add({ status: 'CANCELLED' });
    const events = await Events.open(app, job.processingId);
    expect(await events.next()).toMatchObject({ status: 'CANCELLED' });
    expect(await events.next()).toBeNull();
  });

  it('comes at most four times a second, however often the job changes', async () => {
    const job = processing.add({ status: 'IN_PROGRESS', counts: counts(0) });
    const changing = setInterval(() => (job.counts = counts(job.counts.succeeded + 1)), 5);
    const events = await Events.open(app, job.processingId);
    await events.next();
    const started = performance.now();
    for (let i = 0; i < 4; i++) await events.next();
    clearInterval(changing);
    expect(performance.now() - started).toBeGreaterThan(990);
    events.goAway();
  });

  it('asks once for all who watch a job, and no more when they have gone', async () => {
    const job = processing.add({ status: 'IN_PROGRESS', counts: counts(0) });
    const asked = jest.spyOn(processing, 'snapshot');
    const all = await Promise.all([1, 2, 3].map(() => Events.open(app, job.processingId)));
    const opened = asked.mock.calls.length;
    for (let change = 1; change <= 3; change++) {
      job.counts = counts(change);
      await Promise.all(all.map((events) => (change === 1 ? events.next().then(() => events.next()) : events.next())));
    }
    expect(asked.mock.calls.length - opened).toBeLessThanOrEqual(6);
    for (const events of all) events.goAway();
    // The place of each is free again, as soon as the service has seen it go.
    for (;;) {
      const again = await Events.open(app, job.processingId);
      again.goAway();
      if (again.response.status === 200) break;
    }
  });

  it('goes on when the database has been away, and ends when the job has been deleted', async () => {
    const job = processing.add({ status: 'IN_PROGRESS', counts: counts(0) });
    const events = await Events.open(app, job.processingId);
    await events.next();
    processing.broken = new Error('gone');
    const asked = jest.spyOn(processing, 'snapshot');
    while (asked.mock.calls.length < 2) await new Promise((resolve) => setImmediate(resolve));
    processing.broken = null;
    job.counts = counts(7);
    expect(await events.next()).toMatchObject({ triggeredCount: 7 });
    processing.jobs.delete(job.processingId);
    expect(await events.next()).toBeNull();
  });

  it('is refused with 429 where too many are open', async () => {
    const job = processing.add({ status: 'IN_PROGRESS' });
    const open = await Promise.all([1, 2, 3].map(() => Events.open(app, job.processingId)));
    for (const events of open) await events.next();
    const { status, body, headers } = await call(app, 'get', `/assets/process/events?processingId=${job.processingId}`, viewer);
    expect([status, body.error, headers['retry-after']]).toEqual([429, 'Too Many Requests', '10']);
    for (const events of open) events.goAway();
  });

  it('ends when the service does', async () => {
    const job = processing.add({ status: 'IN_PROGRESS' });
    const events = await Events.open(app, job.processingId);
    await events.next();
    const started = performance.now();
    // Whether the end of the stream or that of the connection is seen first is chance.
    const [, last] = await Promise.all([app.close(), events.next().catch(() => null)]);
    expect(last).toBeNull();
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('is refused to the unknown, and of jobs that are not there for the user', async () => {
    const job = processing.add({ path: '/content/dam/a' });
    const path = `/assets/process/events?processingId=${job.processingId}`;
    expect((await call(app, 'get', path)).status).toBe(401);
    expect((await call(app, 'get', path, elsewhere)).status).toBe(400);
    expect((await call(app, 'get', '/assets/process/events', viewer)).body).toMatchObject({ statusCode: 400, message: 'processingId is required.' });
  });
});
