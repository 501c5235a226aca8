import type { NestExpressApplication } from '@nestjs/platform-express';
import { authorization, BASE, call, serveHttp, USERS } from '../support/http-service.js';
import { ProcessingFake } from '../support/processing-fake.js';

const { operator } = USERS;
const VALID = { path: '/content/dam', type: 'ASSET_PROCESSING' };
const FORM = 'application/x-www-form-urlencoded';

describe('POST /assets/process', () => {
  let app: NestExpressApplication;
  let processing: ProcessingFake;

  beforeAll(async () => {
    processing = new ProcessingFake();
    app = await serveHttp(processing, { isDatabase: false, ping: () => Promise.resolve() });
  });
  afterAll(() => app.close());
  beforeEach(() => {
    processing.jobs.clear();
    processing.started.length = 0;
  });

  /** Bytes as they are, which supertest would make JSON of. */
  const startWith = async (body: Buffer, type: string) => {
    const headers = { authorization: authorization(operator), 'content-type': type };
    const answer = await fetch(`${await app.getUrl()}${BASE}/assets/process`, { method: 'POST', headers, body: new Uint8Array(body) });
    return { status: answer.status, body: await answer.json() };
  };
  const start = (body: string | object, type = 'application/json') =>
    call(app, 'post', '/assets/process', operator).set('Content-Type', type).send(body);

  it('answers the id of the job, whose creator is the caller', async () => {
    const answer = await start(VALID);
    expect(answer.status).toBe(200);
    const job = [...processing.jobs.values()].at(0);
    expect(answer.body).toEqual({ processingId: job?.processingId });
    expect(job?.createdBy).toBe(operator);
  });

  it.each([
    ['all fields', { excludedPaths: ['/a,b', 'c'], filter: { fileTypes: ['DITAMAP'], startTime: 0, endTime: 5, filterProcessedAssets: true }, dryRun: true }, {}],
    ['lists as text', { excludedPaths: '/a, b,,/c d ', filter: { fileTypes: 'DITAMAP,HTML/CSS' } }, { excludedPaths: ['/a', 'b', '/c d'], filter: { fileTypes: ['DITAMAP', 'HTML/CSS'] } }],
    ['empty lists', { excludedPaths: [], filter: { fileTypes: '' } }, { filter: { fileTypes: [] } }],
    ['a path to be normalised', { path: '//content///dam/' }, { path: '/content/dam' }],
    ['the root', { path: '/' }, {}],
  ])('takes %s as JSON', async (_what, fields, expected) => {
    expect((await start({ ...VALID, ...fields })).status).toBe(200);
    expect(processing.started).toEqual([expect.objectContaining({ ...VALID, ...fields, ...expected })]);
  });

  it.each([
    ['excludedPaths=/x,/y&excludedPaths=z', { excludedPaths: ['/x,/y', 'z'] }],
    ['excludedPaths=%2Fx%2C+%2Fy', { excludedPaths: ['/x', '/y'] }],
    ['excludedPaths[]=/x,y', { excludedPaths: ['/x,y'] }],
    ['excludedPaths[0]=/x&excludedPaths[1]=/y', { excludedPaths: ['/x', '/y'] }],
    ['filter.fileTypes=DITAMAP&filter.fileTypes=DITAVAL', { filter: { fileTypes: ['DITAMAP', 'DITAVAL'] } }],
    ['filter[fileTypes]=HTML/CSS,OTHERS', { filter: { fileTypes: ['HTML/CSS', 'OTHERS'] } }],
    ['filter[fileTypes][]=OTHERS', { filter: { fileTypes: ['OTHERS'] } }],
    ['filter.startTime=5&filter[endTime]=6', { filter: { startTime: 5, endTime: 6 } }],
    ['filter.filterProcessedAssets=true&dryRun=false', { filter: { filterProcessedAssets: true }, dryRun: false }],
  ])('takes the form %s', async (form, expected) => {
    expect((await start(`path=%2Fcontent%2Fdam&type=ASSET_PROCESSING&${form}`, FORM)).status).toBe(200);
    expect(processing.started).toEqual([expect.objectContaining({ ...VALID, ...expected })]);
  });

  it.each<[object | string, string]>([
    [{ type: 'ASSET_PROCESSING' }, 'path is required.'],
    [{ ...VALID, path: 5 }, 'path must be a string.'],
    [{ ...VALID, path: null }, 'path must be a string.'],
    [{ ...VALID, path: '' }, 'path must not be empty.'],
    [{ ...VALID, path: 'content' }, 'path must be absolute (begin with "/").'],
    [{ ...VALID, path: '/content/../etc' }, 'path must not contain "." or ".." segments.'],
    [{ ...VALID, path: '/content/./dam' }, 'path must not contain "." or ".." segments.'],
    [{ ...VALID, path: '/content\u0000' }, 'path must not contain control characters.'],
    [{ ...VALID, path: '/content\n' }, 'path must not contain control characters.'],
    [{ ...VALID, path: `/${'ü'.repeat(1024)}` }, 'path must not be longer than 2048 bytes of UTF-8.'],
    [{ ...VALID, path: '/nowhere' }, 'The path /nowhere does not exist.'],
    [{ path: '/content/dam' }, 'type is required.'],
    [{ ...VALID, type: 1 }, 'type must be a string.'],
    [{ ...VALID, type: 'OTHER' }, 'The type is unknown.'],
    [{ ...VALID, excludedPath: '/x' }, '"excludedPath" is not a field of this request.'],
    [{ ...VALID, constructor: 1 }, '"constructor" is not a field of this request.'],
    ['{"path":"/content/dam","type":"ASSET_PROCESSING","__proto__":{"dryRun":true}}', '"__proto__" is not a field of this request.'],
    [{ ...VALID, filter: { fileType: [] } }, '"filter.fileType" is not a field of this request.'],
    [{ ...VALID, 'filter.fileTypes': [] }, '"filter.fileTypes" is not a field of this request.'],
    [{ ...VALID, filter: 'x' }, 'filter must be an object.'],
    [{ ...VALID, filter: null }, 'filter must be an object.'],
    [{ ...VALID, filter: [] }, 'filter must be an object.'],
    [{ ...VALID, filter: { fileTypes: ['PDF'] } }, 'filter.fileTypes must hold only DITATOPIC, DITAMAP, MARKDOWN, HTML/CSS, DITAVAL, OTHERS.'],
    [{ ...VALID, filter: { fileTypes: 7 } }, 'filter.fileTypes must be a string or a list of strings.'],
    [{ ...VALID, filter: { fileTypes: {} } }, 'filter.fileTypes must be a string or a list of strings.'],
    [{ ...VALID, filter: { startTime: '5' } }, 'filter.startTime must be a whole number.'],
    [{ ...VALID, filter: { endTime: 1.5 } }, 'filter.endTime must be a whole number.'],
    [{ ...VALID, filter: { startTime: null } }, 'filter.startTime must be a whole number.'],
    [{ ...VALID, filter: { filterProcessedAssets: 'true' } }, 'filter.filterProcessedAssets must be true or false.'],
    [{ ...VALID, dryRun: 1 }, 'dryRun must be true or false.'],
    [{ ...VALID, excludedPaths: 5 }, 'excludedPaths must be a string or a list of strings.'],
    [{ ...VALID, excludedPaths: ['/x', 5] }, 'excludedPaths[1] must be a string.'],
    [{ ...VALID, excludedPaths: [''] }, 'excludedPaths[0] must not be empty.'],
    [{ ...VALID, excludedPaths: ['x/../..'] }, 'excludedPaths[0] must not contain "." or ".." segments.'],
    [[VALID], 'The body must be a JSON object.'],
    ['"text"', 'The body must be a JSON object.'],
    ['null', 'The body must be a JSON object.'],
    ['5', 'The body must be a JSON object.'],
    ['{"path":', 'The body is not valid JSON.'],
    [' ', 'The body is not valid JSON.'],
  ])('refuses the body %j', async (body, message) => {
    const answer = await start(body);
    expect([answer.status, answer.body]).toEqual([400, { statusCode: 400, error: 'Bad Request', message }]);
    expect(processing.jobs.size).toBe(0);
  });

  it.each([
    ['path=/content&path=/content/dam', 'path must be given once.'],
    ['path[]=/content/dam', 'path must be given once.'],
    ['path=/content/dam&dryRun=yes', 'dryRun must be true or false.'],
    ['path=/content/dam&filter.startTime=5.0', 'filter.startTime must be a whole number.'],
    ['path=/content/dam&filter.startTime=', 'filter.startTime must be a whole number.'],
    ['path=/content/dam&excludedPath=/x', '"excludedPath" is not a field of this request.'],
    ['path=/content/dam&__proto__[dryRun]=true', '"__proto__.dryRun" is not a field of this request.'],
    ['path=/content/dam&filter=x', '"filter" is not a field of this request.'],
    ['path=/content%00', 'path must not contain control characters.'],
    ['path=/content/dam&excludedPaths=/caf%E9', 'The body is not valid UTF-8.'],
  ])('refuses the form %s', async (form, message) => {
    const answer = await start(`type=ASSET_PROCESSING&${form}`, FORM);
    expect([answer.status, answer.body]).toEqual([400, { statusCode: 400, error: 'Bad Request', message: expect.stringContaining(message) }]);
  });

  it('names all that is wrong at once', async () => {
    const { body } = await start({ path: 'x', filter: { startTime: 'x' }, bogus: 1 });
    expect(body).toEqual({
      statusCode: 400,
      error: 'Bad Request',
      message: 'The request has 4 problems, the first: "bogus" is not a field of this request.',
      details: [
        '"bogus" is not a field of this request.',
        'path must be absolute (begin with "/").',
        'type is required.',
        'filter.startTime must be a whole number.',
      ],
    });
  });

  it('names the job that is already active for the path', async () => {
    const { processingId } = processing.add({ path: '/content/dam' });
    const answer = await start(VALID);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ statusCode: 400, error: 'Bad Request', message: expect.stringContaining(processingId), processingId });
  });

  it.each([
    ['text/plain', 'x', 'The Content-Type must be application/json or application/x-www-form-urlencoded.'],
    ['multipart/form-data; boundary=x', '--x--', 'The Content-Type must be application/json or application/x-www-form-urlencoded.'],
    ['application/json; charset=latin1', '{}', 'The charset or Content-Encoding of the body is not supported; send UTF-8.'],
    ['application/json; charset=utf-16', JSON.stringify(VALID), 'The charset or Content-Encoding of the body is not supported; send UTF-8.'],
  ])('refuses a body of type %s', async (type, body, message) => {
    const answer = await start(body, type);
    expect([answer.status, answer.body]).toEqual([400, { statusCode: 400, error: 'Bad Request', message }]);
  });

  it.each([
    ['application/json', `{"path":"/content/dam","type":"ASSET_PROCESSING","excludedPaths":["/caf\xe9"]}`],
    [FORM, 'path=/content/dam&type=ASSET_PROCESSING&excludedPaths=/caf\xe9'],
    [`${FORM}; charset=ISO-8859-1`, 'path=/content/dam&type=ASSET_PROCESSING&excludedPaths=/caf\xe9'],
  ])('refuses %s in another encoding than UTF-8, which would exclude a path that nobody has named', async (type, latin1) => {
    const answer = await startWith(Buffer.from(latin1, 'latin1'), type);
    expect([answer.status, answer.body]).toEqual([400, { statusCode: 400, error: 'Bad Request', message: 'The body is not valid UTF-8.' }]);
    expect(processing.jobs.size).toBe(0);
  });

  it.each([`${FORM}; charset=UTF-8`, `${FORM}; charset=ISO-8859-1`, FORM])('takes a form of type %s, whose escapes are UTF-8', async (type) => {
    expect((await start('path=%2Fcontent%2Fdam&type=ASSET_PROCESSING&excludedPaths=%2Fcaf%C3%A9+%EF%BF%BD+100%', type)).status).toBe(200);
    expect(processing.started).toEqual([expect.objectContaining({ excludedPaths: ['/caf\u00e9 \ufffd 100%'] })]);
  });

  it('refuses fields in the query, where an exclusion would be overlooked', async () => {
    const message = 'The fields of this request belong in the body, not in the query.';
    const beside = await call(app, 'post', '/assets/process?excludedPaths=/x', operator).send(VALID);
    expect(beside.body).toMatchObject({ statusCode: 400, message });
    const instead = await call(app, 'post', '/assets/process?path=/content/dam&type=ASSET_PROCESSING', operator);
    expect(instead.body).toMatchObject({ statusCode: 400, message });
  });

  it('refuses no body at all', async () => {
    const answer = await call(app, 'post', '/assets/process', operator);
    expect(answer.body).toMatchObject({ statusCode: 400, details: ['path is required.', 'type is required.'] });
  });

  it.each(['application/json', FORM])('answers 413 to a body of %s over the limit', async (type) => {
    const answer = await start(JSON.stringify({ ...VALID, excludedPaths: 'x'.repeat(1_048_576) }), type);
    expect([answer.status, answer.body]).toEqual([
      413,
      { statusCode: 413, error: 'Payload Too Large', message: 'The body is larger than 1048576 bytes.' },
    ]);
  });
});
