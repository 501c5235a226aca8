import type { RunningService } from '../support/running-service.js';
import { call, USERS } from '../support/http-service.js';
import { ImportedTree } from '../support/imported-tree.js';
import { type SampleFile, topicOf } from '../support/sample-tree.js';

const ROOT = '/content/dam/refused';
const ASSET = `${ROOT}/a.dita`;
const FILES: SampleFile[] = [{ path: 'a.dita', content: topicOf('A'), succeeds: true }];
const UNKNOWN_ID = '00000000-0000-4000-8000-000000000000';
const VALID = { path: ROOT, type: 'ASSET_PROCESSING' };
const { viewer, operator } = USERS;

type Asked = readonly [name: string, ask: PromiseLike<{ status: number; body: unknown }>, message: string];

/** What stands in http-api.md, "POST /assets/process", 400. A message in each case, or the beginning of one. */
const STARTS: [fields: Record<string, unknown>, message: string][] = [
  [{ path: undefined }, 'path is required.'],
  [{ type: undefined }, 'type is required.'],
  [{ path: 7 }, 'path must be a string.'],
  [{ dryRun: 'true' }, 'dryRun must be true or false.'],
  [{ excludedPath: '/x' }, '"excludedPath" is not a field of this request.'],
  [{ filter: { fileType: 'DITAMAP' } }, '"filter.fileType" is not a field of this request.'],
  [{ path: ROOT.slice(1) }, 'path must be absolute (begin with "/").'],
  [{ path: `${ROOT}/.` }, 'path must not contain "." or ".." segments.'],
  [{ path: `${ROOT}/../x` }, 'path must not contain "." or ".." segments.'],
  [{ path: `${ROOT}\u0000` }, 'path must not contain control characters.'],
  [{ path: `${ROOT}\u0085` }, 'path must not contain control characters.'],
  [{ path: `${ROOT}\ud800` }, 'path must be well-formed Unicode.'],
  [{ path: `/${'ü'.repeat(1024)}` }, 'path must not be longer than 2048 bytes of UTF-8.'],
  [{ path: `${ROOT}/${'ü'.repeat(1000)}` }, `The path ${ROOT}/ü`],
  [{ path: `${ROOT}/nothing` }, `The path ${ROOT}/nothing does not exist.`],
  [{ path: ROOT.toUpperCase() }, `The path ${ROOT.toUpperCase()} does not exist: nothing is mounted there.`],
  [{ path: '/elsewhere' }, 'The path /elsewhere does not exist: nothing is mounted there.'],
  [{ type: 'OTHER' }, 'The type "OTHER" is unknown; this service has ASSET_PROCESSING.'],
  [{ type: 'asset_processing' }, 'The type "asset_processing" is unknown; this service has ASSET_PROCESSING.'],
  [{ filter: { fileTypes: ['PDF'] } }, 'filter.fileTypes must hold only DITATOPIC, DITAMAP, MARKDOWN, HTML/CSS, DITAVAL, OTHERS.'],
  [{ filter: { fileTypes: 'DITAMAP,ditatopic' } }, 'filter.fileTypes must hold only'],
  [{ filter: { startTime: 2, endTime: 1 } }, 'filter.startTime must not be after filter.endTime.'],
  [{ filter: { startTime: 1.5 } }, 'filter.startTime must be a whole number.'],
  [{ filter: { endTime: '1' } }, 'filter.endTime must be a whole number.'],
  [{ excludedPaths: [`${ROOT}/..`] }, 'excludedPaths[0] must not contain "." or ".." segments.'],
];

/** Wherever a path is asked about. */
const PATHS: [query: string, message: string][] = [
  ['', 'path is required.'],
  ['?path=', 'path is required.'],
  ['?path=content', 'The path must be absolute (begin with "/").'],
  ['?path=/content/../x', 'The path must not contain "." or ".." segments.'],
  ['?path=/content%00', 'The path must not contain control characters.'],
  [`?path=/${'x'.repeat(2048)}`, 'The path must not be longer than 2048 bytes of UTF-8.'],
  [`?path=${ROOT}&path=${ROOT}`, 'path must be given once.'],
  [`?path=${ROOT}/nothing`, `The path ${ROOT}/nothing does not exist.`],
  ['?path=/elsewhere', 'The path /elsewhere does not exist: nothing is mounted there.'],
];

/** Of pages of references. */
const PAGES: [query: string, message: string][] = [
  ['&limit=0', 'limit must be a whole number from 1 to 10000.'],
  ['&limit=10001', 'limit must be a whole number from 1 to 10000.'],
  ['&limit=1e3', 'limit must be a whole number from 1 to 10000.'],
  ['&limit=1&limit=1', 'limit must be given once.'],
  ['&after=nonsense', 'after must be the value of "next" in an earlier answer.'],
];

describe('what the document refuses, the service refuses with 400 and one sentence', () => {
  const tree = new ImportedTree(ROOT, FILES);
  let service: RunningService;
  beforeEach(async () => {
    service = await tree.open();
  });

  async function expectRefusals(asked: readonly Asked[]): Promise<void> {
    for (const [name, ask, message] of asked) {
      const { status, body } = await ask;
      expect([name, status, body]).toEqual([name, 400, { statusCode: 400, error: 'Bad Request', message: expect.any(String) }]);
      expect([name, (body as { message: string }).message.slice(0, message.length)]).toEqual([name, message]);
      expect((body as { message: string }).message).toMatch(/^[^\n]+\.$/);
    }
  }
  const get = (path: string) => call(service.app, 'get', path, viewer);
  const post = (path: string, body: object) => call(service.app, 'post', path, operator).send(body);

  it('to start', async () => {
    await expectRefusals(STARTS.map(([fields, message]) => [JSON.stringify(fields), post('/assets/process', { ...VALID, ...fields }), message]));
    expect(await service.api.history(10)).toEqual([]);
  });

  it('to start what is active already, and names the job', async () => {
    jest.spyOn(service.jobs, 'claimPlan').mockResolvedValue(null);
    const processingId = await service.start(ROOT);
    for (const path of [ROOT, `/${ROOT}//`]) {
      const { status, body } = await post('/assets/process', { ...VALID, path });
      expect([status, body]).toEqual([400, { statusCode: 400, error: 'Bad Request', message: expect.stringContaining(processingId), processingId }]);
    }
    await expectRefusals(['resume', 'restart'].map((action) => [action, post(`/assets/process/${action}`, { processingId }), 'A job that is WAITING cannot be']));
  });

  it('to act on what is over or unknown', async () => {
    const processingId = await service.start(ROOT);
    await service.ended(processingId);
    await expectRefusals([
      ...['cancel', 'resume'].map((action): Asked => [action, post(`/assets/process/${action}`, { processingId }), 'A job that is SUCCESS cannot be']),
      ...['cancel', 'resume', 'restart'].map((action): Asked => [action, post(`/assets/process/${action}`, { processingId: UNKNOWN_ID }), `No job with processingId "${UNKNOWN_ID}" exists.`]),
    ]);
  });

  it.each(['status', 'logs', 'logs/download', 'events'])('to tell of a job that is not named or not known: %s', async (route) => {
    await expectRefusals([
      ['nothing', get(`/assets/process/${route}`), 'processingId is required.'],
      ['unknown', get(`/assets/process/${route}?processingId=${UNKNOWN_ID}`), `No job with processingId "${UNKNOWN_ID}" exists.`],
      ['no id', get(`/assets/process/${route}?processingId=x%00`), 'No job with processingId "x'],
      ['two', get(`/assets/process/${route}?processingId=${UNKNOWN_ID}&processingId=${UNKNOWN_ID}`), 'processingId must be given once.'],
    ]);
  });

  it.each(['references', 'brokenlinks', 'report', 'keyspaces'])('to tell of a path that is none or is not there: %s', async (route) => {
    await expectRefusals(PATHS.map(([query, message]) => [query, get(`/assets/${route}${query}`), message]));
  });

  it.each(['references', 'brokenlinks'])('pages that cannot be: %s', async (route) => {
    await expectRefusals(PAGES.map(([query, message]) => [query, get(`/assets/${route}?path=${ASSET}${query}`), message]));
  });

  it('directions and keys that cannot be', async () => {
    await expectRefusals([
      ['direction', get(`/assets/references?path=${ASSET}&direction=up`), 'direction must be outgoing or incoming.'],
      ['key', get(`/assets/keyspaces?path=${ASSET}&key=a&key=b`), 'key must be given once.'],
    ]);
  });
});
