import type { NestExpressApplication } from '@nestjs/platform-express';
import { fromBuffer, type Entry, type ZipFile } from 'yauzl';
import { call, serveHttp, USERS } from '../support/http-service.js';
import { ProcessingFake } from '../support/processing-fake.js';

const { viewer } = USERS;
const LINES = Array.from({ length: 1200 }, (_, i) => `2026-11-23T14:12:01.123Z INFO /content/dam/ü${i}.dita SUCCESS`);

describe('logs over HTTP', () => {
  let app: NestExpressApplication;
  let processing: ProcessingFake;
  let processingId: string;

  beforeAll(async () => {
    processing = new ProcessingFake();
    app = await serveHttp(processing, { isDatabase: false, ping: () => Promise.resolve() });
    processingId = processing.add({ hasLogs: true }).processingId;
    processing.lines.set(processingId, LINES);
  });
  afterAll(() => app.close());

  const logs = (query: string) => call(app, 'get', `/assets/process/logs?processingId=${processingId}${query}`, viewer);

  it.each([
    ['', { lines: LINES.slice(0, 500), limit: 500, offset: 0, hasMore: true }],
    ['&offset=1000', { lines: LINES.slice(1000), limit: 500, offset: 1000, hasMore: false }],
    ['&offset=5&limit=2', { lines: LINES.slice(5, 7), limit: 2, offset: 5, hasMore: true }],
    ['&limit=10000', { lines: LINES, limit: 10_000, offset: 0, hasMore: false }],
    ['&limit=0', { lines: [], limit: 0, offset: 0, hasMore: true }],
    ['&offset=9999', { lines: [], limit: 500, offset: 9999, hasMore: false }],
    ['&tail=3', { lines: LINES.slice(-3), limit: 3, offset: 1197, hasMore: false }],
  ])('pages with "%s"', async (query, page) => {
    const answer = await logs(query);
    expect([answer.status, answer.text]).toEqual([200, JSON.stringify(page)]);
  });

  it.each([
    ['&tail=3&offset=0', 'tail and offset exclude each other.'],
    ['&limit=10001', 'limit must be a whole number from 0 to 10000.'],
    ['&tail=10001', 'tail must be a whole number from 0 to 10000.'],
    ['&limit=-1', 'limit must be a whole number'],
    ['&offset=-1', 'offset must be a whole number'],
    ['&offset=1.0', 'offset must be a whole number'],
    ['&offset=1e3', 'offset must be a whole number'],
    ['&offset=0x10', 'offset must be a whole number'],
    ['&offset=%2B1', 'offset must be a whole number'],
    ['&offset=', 'offset must be a whole number'],
    ['&offset=99999999999999999', 'offset must be a whole number'],
    ['&offset=1&offset=2', 'offset must be given once.'],
    ['&limit=x&offset=y', 'The request has 2 problems'],
  ])('refuses "%s"', async (query, message) => {
    const answer = await logs(query);
    expect([answer.status, answer.body]).toMatchObject([400, { error: 'Bad Request', message: expect.stringContaining(message) }]);
  });

  it('downloads the whole log and the failures as a ZIP that others can open', async () => {
    processing.failed.set(processingId, [
      { path: '/content/dam/a,b.dita', fileType: 'DITATOPIC', step: 'parse', error: 'unexpected "<"\nhere', line: 3, column: 14 },
      { path: '/content/dam/c.png', fileType: 'OTHERS', step: 'image', error: '=HYPERLINK("http://evil")', line: null, column: null },
    ]);
    const answer = await call(app, 'get', `/assets/process/logs/download?processingId=${processingId}`, viewer).responseType('blob');
    expect(answer.headers).toMatchObject({
      'content-type': 'application/zip',
      'content-disposition': `attachment; filename="${processingId}-logs.zip"`,
    });
    expect(await unzip(answer.body as Buffer)).toEqual({
      [`${processingId}.log`]: `${LINES.join('\n')}\n`,
      'failures.csv':
        'path,fileType,step,error,line,column\r\n' +
        '"/content/dam/a,b.dita",DITATOPIC,parse,"unexpected ""<""\nhere",3,14\r\n' +
        '/content/dam/c.png,OTHERS,image,"\'=HYPERLINK(""http://evil"")",,\r\n',
    });
  });

  it('downloads an archive with empty files where there is no log yet', async () => {
    const fresh = processing.add().processingId;
    const answer = await call(app, 'get', `/assets/process/logs/download?processingId=${fresh}`, viewer).responseType('blob');
    expect(await unzip(answer.body as Buffer)).toEqual({ [`${fresh}.log`]: '', 'failures.csv': 'path,fileType,step,error,line,column\r\n' });
  });

  it.each([
    ['application/json', 'application/json'],
    ['application/json, text/plain, */*', 'application/json'],
    ['*/*', 'application/zip'],
    ['text/html, */*;q=0.8', 'application/zip'],
    ['application/zip, application/json', 'application/zip'],
    ['text/html', 'application/zip'],
  ])('answers Accept: %s with %s', async (accept, type) => {
    const answer = await call(app, 'get', `/assets/process/logs/download?processingId=${processingId}`, viewer)
      .set('Accept', accept)
      .responseType('blob');
    expect(answer.headers['content-type']).toContain(type);
    if (type === 'application/json') {
      expect(JSON.parse(String(answer.body))).toEqual({ logFilePaths: [`${processingId}.log`, 'failures.csv'] });
    }
  });
});

async function unzip(bytes: Buffer): Promise<Record<string, string>> {
  const zip = await new Promise<ZipFile>((resolve, reject) => {
    fromBuffer(bytes, { lazyEntries: true }, (error, file) => (error ? reject(error) : resolve(file)));
  });
  const files: Record<string, string> = {};
  return new Promise((resolve, reject) => {
    zip.on('error', reject);
    zip.on('end', () => resolve(files));
    zip.on('entry', (entry: Entry) => {
      readEntry(zip, entry).then((text) => {
        files[entry.fileName] = text;
        zip.readEntry();
      }, reject);
    });
    zip.readEntry();
  });
}

async function readEntry(zip: ZipFile, entry: Entry): Promise<string> {
  const stream = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
    zip.openReadStream(entry, (error, opened) => (error ? reject(error) : resolve(opened)));
  });
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}
