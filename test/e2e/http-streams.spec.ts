import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { InvalidRequestError } from '../../src/contracts/errors.js';
import { REPORT_RECORD } from '../../src/modules/http/openapi/examples.js';
import { authorization, BASE, call, serveHttp, USERS } from '../support/http-service.js';
import { ProcessingFake } from '../support/processing-fake.js';

const { viewer } = USERS;
const REPORT = '/assets/report?path=/content/dam';
/** Enough for all buffers between service and client to be full many times over. */
const ENDLESS = 1_000_000;

/** Something that happens once, and can be waited for. */
class Signal {
  happen: () => void = () => undefined;
  readonly happened = new Promise<void>((resolve) => {
    this.happen = resolve;
  });
}

/** Records without end that tell how many were asked for and when the asking ended. */
class Records implements AsyncIterable<object> {
  taken = 0;
  readonly ended = new Signal();

  async *[Symbol.asyncIterator](): AsyncGenerator<object> {
    try {
      for (; this.taken < ENDLESS; this.taken++) yield { path: `/content/dam/${this.taken}`, text: 'x'.repeat(1000) };
    } finally {
      this.ended.happen();
    }
  }
}

describe('streamed answers', () => {
  let app: NestExpressApplication;
  let processing: ProcessingFake;

  beforeAll(async () => {
    processing = new ProcessingFake();
    app = await serveHttp(processing, { isDatabase: false, ping: () => Promise.resolve() });
  });
  afterAll(() => app.close());

  const fetchReport = async (method = 'GET') =>
    fetch(`${await app.getUrl()}${BASE}${REPORT}`, { method, headers: { authorization: authorization(viewer) } });

  const open = async (path: string): Promise<IncomingMessage> => {
    const request = get(`${await app.getUrl()}${BASE}${path}`, { headers: { authorization: authorization(viewer) } });
    request.on('error', () => undefined);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.on('error', () => undefined);
    return response;
  };

  it('sends a report as a line of JSON per asset', async () => {
    processing.records = async function* () {
      yield { ...REPORT_RECORD, title: 'Grün\n' };
      yield { ...REPORT_RECORD, title: null };
    };
    const answer = await fetchReport();
    expect(answer.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8');
    const lines = (await answer.text()).split('\n');
    expect(lines.slice(0, 2).map((line) => JSON.parse(line))).toEqual([{ ...REPORT_RECORD, title: 'Grün\n' }, { ...REPORT_RECORD, title: null }]);
    expect(lines.slice(2)).toEqual(['']);
  });

  it('sends an empty report where nothing was processed', async () => {
    processing.records = async function* () {};
    const answer = await fetchReport();
    expect([answer.status, await answer.text()]).toEqual([200, '']);
  });

  it.each([
    ['/assets/report', 'path is required.'],
    ['/assets/report?path=', 'path is required.'],
    ['/assets/report?path=x', 'The path must be absolute (begin with "/").'],
    ['/assets/report?path=/a/../b', 'The path must not contain "." or ".." segments.'],
    ['/assets/report?path=/a%00', 'The path must not contain control characters.'],
    ['/assets/report?path=/a&path=/b', 'path must be given once.'],
  ])('refuses %s', async (path, message) => {
    const answer = await call(app, 'get', path, viewer);
    expect([answer.status, answer.body]).toEqual([400, { statusCode: 400, error: 'Bad Request', message }]);
  });

  it('answers an error that shows before the first line as an error', async () => {
    processing.records = async function* () {
      throw new InvalidRequestError('The path /content/dam does not exist.');
    };
    const answer = await call(app, 'get', REPORT, viewer);
    expect([answer.status, answer.body]).toMatchObject([400, { message: 'The path /content/dam does not exist.' }]);
  });

  it('reads no further than the client does, and stops when the client goes away', async () => {
    const records = new Records();
    processing.records = () => records;
    const response = await open(REPORT);
    const [chunk] = (await once(response, 'data')) as [Buffer];
    response.pause();
    expect(chunk.toString()).toMatch(/^\{"path":"\/content\/dam\/0"/);
    await quiet(() => records.taken);
    expect(records.taken).toBeLessThan(20_000);
    response.destroy();
    await records.ended.happened;
    expect(records.taken).toBeLessThan(20_000);
  });

  it('ends the source after a HEAD request without reading it', async () => {
    const records = new Records();
    processing.records = () => records;
    const answer = await fetchReport('HEAD');
    expect(answer.status).toBe(200);
    await records.ended.happened;
    expect(records.taken).toBeLessThan(100);
  });

  it.each(['report', 'log', 'failures'])('breaks the connection when reading the %s fails midway', async (broken) => {
    const { processingId } = processing.add();
    const failing = async function* <T>(item: T): AsyncGenerator<T> {
      yield item;
      throw new Error('the disk is gone');
    };
    const silenced = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    processing.records = () => failing({ text: 'x'.repeat(100_000) });
    const spies = [
      broken === 'log' ? jest.spyOn(processing, 'logText').mockReturnValue(failing('x\n'.repeat(100_000))) : null,
      broken === 'failures' ? jest.spyOn(processing, 'failures').mockReturnValue(failing([])) : null,
    ];
    const path = broken === 'report' ? REPORT : `/assets/process/logs/download?processingId=${processingId}`;
    const response = await open(path);
    response.resume();
    await new Promise((resolve) => response.once('close', resolve));
    expect(response.complete).toBe(false);
    expect(silenced.mock.calls.join('')).toContain('the disk is gone');
    for (const spy of [...spies, silenced]) spy?.mockRestore();
  });

  it('stops reading the log when the client of an archive goes away', async () => {
    const { processingId } = processing.add();
    const ended = new Signal();
    const spy = jest.spyOn(processing, 'logText').mockReturnValue(
      (async function* () {
        try {
          for (let i = 0; i < ENDLESS; i++) yield `${crypto.randomUUID().repeat(500)}\n`;
        } finally {
          ended.happen();
        }
      })(),
    );
    const response = await open(`/assets/process/logs/download?processingId=${processingId}`);
    await once(response, 'data');
    response.destroy();
    await ended.happened;
    spy.mockRestore();
  });
});

/** Resolves once `value` has stopped to change over many turns of the event loop. */
async function quiet(value: () => number): Promise<void> {
  for (let same = 0, last = value(); same < 200; same = value() === last ? same + 1 : 0) {
    last = value();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
