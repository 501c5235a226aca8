import type { ShownAssetStatus, StatusJobStore } from '../../src/contracts/asset-status.js';
import { STATUS_JOB_STORE } from '../../src/contracts/tokens.js';
import { DATABASES } from '../support/databases.js';
import { Gate, holdFrom, intercept } from '../support/held-calls.js';
import { call, USERS } from '../support/http-service.js';
import { ImportedTree } from '../support/imported-tree.js';
import type { RunningService } from '../support/running-service.js';
import { type SampleFile, topicOf } from '../support/sample-tree.js';

const ROOT = '/content/dam/s';
const { viewer, operator, elsewhere } = USERS;

const FILES: SampleFile[] = [
  ...Array.from({ length: 8 }, (_, i) => ({ path: `a/t${i}.dita`, content: topicOf(`T${i}`), succeeds: true })),
  { path: 'a/broken.dita', content: '<topic id="t"><title>', succeeds: false },
  { path: 'b/in/deep.dita', content: topicOf('Deep'), succeeds: true },
  { path: 'b/note.md', content: '# Note\n', succeeds: true },
];

interface List {
  jobId: string;
  status: string;
  assets: ShownAssetStatus[];
  limit: number;
  offset: number;
  hasMore: boolean;
  next: string | null;
}

describe.each(DATABASES)('the state of assets on %s', (on) => {
  const tree = new ImportedTree(ROOT, FILES, { batchSize: 4, concurrency: 1 }, on);
  let service: RunningService;

  beforeEach(async () => {
    service = await tree.open();
  });

  async function ask(body: object, user: string = viewer): Promise<string> {
    const answer = await call(service.app, 'post', '/assets/status', user).send(body);
    expect([answer.status, answer.body]).toEqual([200, { jobId: expect.any(String), status: 'WAITING' }]);
    return (answer.body as { jobId: string }).jobId;
  }

  async function list(jobId: string, query = '', user: string = viewer): Promise<List> {
    const answer = await call(service.app, 'get', `/assets/status?jobId=${jobId}${query}`, user);
    expect(answer.status).toBe(200);
    return answer.body as List;
  }

  const statesOf = async (body: object): Promise<Record<string, string>> =>
    Object.fromEntries((await list(await ask(body))).assets.map(({ path, status }) => [path.slice(ROOT.length + 1), status]));

  it('is PENDING, PROCESSING while a job has yet to come, and then SUCCESS or FAILURE', async () => {
    const question = { paths: [ROOT] };
    expect(new Set(Object.values(await statesOf(question)))).toEqual(new Set(['PENDING']));

    const gate = new Gate();
    intercept(service.jobs, 'claimBatch', holdFrom(2, gate));
    const job = await service.start(ROOT);
    await gate.reached;
    const half = Object.values(await statesOf(question));
    expect(half.filter((state) => state === 'PROCESSING').length).toBe(FILES.length - 4);

    gate.open();
    await service.ended(job);
    expect(await statesOf(question)).toEqual(Object.fromEntries(FILES.map(({ path, succeeds }) => [path, succeeds ? 'SUCCESS' : 'FAILURE'])));

    await service.put(`${ROOT}/a/t0.dita`, topicOf('Changed'));
    expect(await statesOf({ path: `${ROOT}/a/t0.dita` })).toEqual({ 'a/t0.dita': 'PENDING' });
  });

  it('lists an asset once, in order, with its GUID, and tells what does not exist', async () => {
    await service.ended(await service.start(ROOT));
    const jobId = await ask({ paths: [`${ROOT}/b/in`, `${ROOT}/b`, `${ROOT}/b/note.md`, `${ROOT}/nothing`], excludedPaths: [`${ROOT}/b/no`] });
    const { assets, ...rest } = await list(jobId);
    expect(rest).toEqual({ jobId, status: 'SUCCESS', limit: 10_000, offset: 0, hasMore: false, next: null });
    expect(assets).toEqual([
      { path: `${ROOT}/b/in/deep.dita`, uuid: expect.stringMatching(/^GUID-/), status: 'SUCCESS', exists: true },
      { path: `${ROOT}/b/note.md`, uuid: expect.stringMatching(/^GUID-/), status: 'SUCCESS', exists: true },
      { path: `${ROOT}/nothing`, uuid: '', status: 'PENDING', exists: false },
    ]);
  });

  it('leaves out what is excluded, in either form', async () => {
    const below = `${ROOT}/b/in`;
    for (const excludedPaths of [[below], below.slice(1)]) {
      const listed = Object.keys(await statesOf({ path: ROOT, excludedPaths }));
      expect(listed).not.toContain('b/in/deep.dita');
      expect(listed).toContain('b/note.md');
    }
  });

  it('pages by offset, and by the path that came last', async () => {
    const jobId = await ask({ paths: [`${ROOT}/a`, `${ROOT}/b`, `${ROOT}/c`] });
    const all = (await list(jobId)).assets;
    expect(all.length).toBe(FILES.length + 1);
    for (let offset = 0; offset <= all.length; offset++) {
      const page = await list(jobId, `&offset=${offset}&limit=3`);
      expect(page.assets).toEqual(all.slice(offset, offset + 3));
      expect(page.hasMore).toBe(offset + 3 < all.length);
    }
    const walked: ShownAssetStatus[] = [];
    for (let after: string | null = ''; after !== null; ) {
      const page: List = await list(jobId, `&limit=4${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`);
      walked.push(...page.assets);
      after = page.next;
    }
    expect(walked).toEqual(all);
  });

  it('is nothing to those who may not see the path, as if the id were unknown', async () => {
    const jobId = await ask({ path: ROOT }, operator);
    const hidden = await call(service.app, 'get', `/assets/status?jobId=${jobId}`, elsewhere);
    expect([hidden.status, hidden.body]).toMatchObject([400, { message: `No job with jobId "${jobId}" exists.` }]);
    expect((await call(service.app, 'post', '/assets/status', elsewhere).send({ paths: ['/content/dam/b', ROOT] })).status).toBe(403);
  });

  it.each([
    ['no path', {}, 'paths is required'],
    ['both', { path: ROOT, paths: [ROOT] }, 'exclude each other'],
    ['an empty list', { paths: [] }, 'at least one path'],
    ['no text', { paths: [ROOT, 7] }, 'paths[1] must be a string'],
    ['no absolute path', { path: 'content' }, 'path must be absolute'],
    ['a field that is not known', { path: ROOT, deep: true }, 'deep'],
  ])('refuses %s', async (_what, body, message) => {
    const answer = await call(service.app, 'post', '/assets/status', viewer).send(body);
    expect(answer.status).toBe(400);
    expect((answer.body as { message: string }).message).toContain(message);
  });

  it.each([
    ['', 'jobId is required.'],
    ['?jobId=', 'jobId is required.'],
    ['?jobId=x', 'No job with jobId "x" exists.'],
    ['?jobId=00000000-0000-4000-8000-000000000000', 'No job with jobId "00000000-0000-4000-8000-000000000000" exists.'],
    ['?jobId=1&limit=0', 'limit must be a whole number from 1 to 10000.'],
    ['?jobId=1&limit=10001', 'limit must be a whole number from 1 to 10000.'],
    ['?jobId=1&offset=-1', 'offset must be a whole number from 0 to 9007199254740991.'],
    ['?jobId=1&jobId=2', 'jobId must be given once.'],
  ])('refuses GET %s', async (query, message) => {
    const answer = await call(service.app, 'get', `/assets/status${query}`, viewer);
    expect([answer.status, answer.body]).toEqual([400, { statusCode: 400, error: 'Bad Request', message }]);
  });

  it('is forgotten with the jobs of its age', async () => {
    const store = service.app.get<StatusJobStore>(STATUS_JOB_STORE, { strict: false });
    const jobId = await ask({ path: ROOT });
    const { createdAtMs } = await store.find(jobId) ?? { createdAtMs: 0 };
    await store.purge(createdAtMs);
    expect(await store.find(jobId)).not.toBeNull();
    await store.purge(createdAtMs + 1);
    expect(await store.find(jobId)).toBeNull();
  });
});
