import { Cluster } from '../support/cluster.js';
import { TestDatabase } from '../support/databases.js';
import { loggedLines } from '../support/job-evidence.js';
import type { SpawnedService } from '../support/spawned-service.js';

const ASSETS = 1000;
const STARTS = 50;

jest.setTimeout(120_000);

describe('two instances on one MariaDB, without Redis', () => {
  let database: TestDatabase;
  let cluster: Cluster;
  let one: SpawnedService;
  let other: SpawnedService;

  beforeAll(async () => {
    database = await TestDatabase.create('MariaDB');
    cluster = new Cluster(database.url, ASSETS);
    await cluster.import();
  });
  beforeEach(async () => {
    [one, other] = await Promise.all([cluster.start('all'), cluster.start('all')]);
  });
  afterEach(() => cluster.endAll());
  afterAll(async () => {
    await cluster.remove();
    await database.drop();
  });

  it('share the work of one job, and of two at the same time', async () => {
    const processingId = await one.startJob(cluster.path);
    const second = await other.startJob(`${cluster.path}/area-1`);
    await cluster.untilWorkedOnBy(2);
    await other.finished(second);
    await cluster.expectExact(other, processingId);
  });

  it('one is killed with kill -9: the other takes its batches over when their leases end', async () => {
    const processingId = await one.startJob(cluster.path);
    await cluster.until(other, processingId, 100);
    await cluster.untilWorkedOnBy(2);
    await one.end('SIGKILL');
    await cluster.expectExact(other, processingId);
  });

  it('one stands still past its leases (SIGSTOP) and wakes when the job is over (SIGCONT): nothing of it is written', async () => {
    const processingId = await other.startJob(cluster.path);
    await cluster.until(other, processingId, 100);
    await cluster.untilWorkedOnBy(2);
    one.signal('SIGSTOP');
    await cluster.expectExact(other, processingId);
    const before = [await other.status(processingId), await loggedLines(other, processingId)];
    one.signal('SIGCONT');
    // It answers, so it is awake; at its end it has nothing in work any more.
    expect((await one.status(processingId)).status).toBe('SUCCESS');
    expect(await one.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect([await other.status(processingId), await loggedLines(other, processingId)]).toEqual(before);
    await cluster.expectExact(other, processingId);
  });

  it(`${STARTS} starts for one path at once on both: one job`, async () => {
    const body = { path: cluster.path, type: 'ASSET_PROCESSING' };
    const answers = await Promise.all(Array.from({ length: STARTS }, (_, i) => (i % 2 === 0 ? one : other).ask('/assets/process', body)));
    const won = answers.filter(({ status }) => status === 200);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: STARTS - 1 }, () => 400)]);
    const { processingId } = (await won[0]?.json()) as { processingId: string };
    const refused = (await answers.find(({ status }) => status === 400)?.json()) as { processingId: string };
    expect(refused.processingId).toBe(processingId);
    await cluster.expectExact(one, processingId);
  });

  it('a cancel on one while the other works: no result is committed after it, and a resume on the other ends exact', async () => {
    const processingId = await one.startJob(cluster.path);
    await cluster.until(one, processingId, 100);
    await cluster.untilWorkedOnBy(2);
    const cancelled = (await (await one.fetch('/assets/process/cancel', { processingId })).json()) as { status: string; triggeredCount: number };
    expect(cancelled.status).toBe('CANCELLED');
    const log = await loggedLines(one, processingId);
    // A job that comes later goes through both: what they were doing before is over.
    await other.finished(await other.startJob(`${cluster.path}/area-2`));
    expect(await other.status(processingId)).toEqual(await one.status(processingId));
    expect((await other.status(processingId)).triggeredCount).toBe(cancelled.triggeredCount);
    expect(await loggedLines(other, processingId)).toEqual(log);
    await other.fetch('/assets/process/resume', { processingId });
    await cluster.expectExact(one, processingId);
  });

  it('one ends by SIGTERM in the middle: it gives back what it has begun, and the other finishes', async () => {
    const processingId = await one.startJob(cluster.path);
    await cluster.until(other, processingId, 100);
    await cluster.untilWorkedOnBy(2);
    expect(await one.end('SIGTERM')).toEqual({ code: 0, signal: null });
    await cluster.expectExact(other, processingId);
  });
});
