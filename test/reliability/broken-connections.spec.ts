import { mariadbServer } from '../support/databases.js';
import { dataViolations, graphOf } from '../support/data-violations.js';
import { Gate, holdFrom, intercept } from '../support/held-calls.js';
import { ImportedTree } from '../support/imported-tree.js';
import type { RunningService } from '../support/running-service.js';
import { sampleTree } from '../support/sample-tree.js';
import { type CutMoment, TcpProxy } from '../support/tcp-proxy.js';

const PATH = '/content/dam/t';
/** What only the transaction of a batch of assets sends, and only near its end. */
const BATCH_DONE = 'UPDATE guides_job_batch SET state = 2';
const RESOLVED = 'DELETE FROM guides_reference_queue';

describe('a connection to MariaDB', () => {
  const tree = new ImportedTree(PATH, sampleTree(200), { batchSize: 20, concurrency: 2, leaseMs: 2000, maxAttempts: 5, retryDelayMs: 20 }, 'MariaDB');
  let proxy: TcpProxy;
  let undisturbed: string[] | null = null;

  beforeEach(async () => {
    proxy = await TcpProxy.listen(mariadbServer());
  });
  afterEach(() => proxy.close());

  /** The same graph as a run that nothing disturbed. */
  async function expectExact(service: RunningService, processingId: string): Promise<void> {
    await tree.expectExact(service, processingId);
    const graph = await graphOf(tree.settings.databaseUrl);
    undisturbed ??= graph;
    expect(graph).toEqual(undisturbed);
  }

  function openThroughProxy(prepare?: (service: RunningService) => void): Promise<RunningService> {
    const url = new URL(tree.settings.databaseUrl);
    url.host = `127.0.0.1:${proxy.port}`;
    url.search = '';
    return tree.open(prepare, { databaseUrl: url.href });
  }

  it('that is sound carries a job to its end', async () => {
    const service = await openThroughProxy();
    await expectExact(service, await service.start(PATH));
  });

  it.each<[string, CutMoment, string, number]>([
    ['before the server got the COMMIT of a batch: the batch is done again', 'before', BATCH_DONE, 11],
    ['after the server carried out the COMMIT of a batch: that is read again, and not repeated', 'after', BATCH_DONE, 10],
    ['before the COMMIT of a batch of references', 'before', RESOLVED, 10],
    ['after the COMMIT of a batch of references', 'after', RESOLVED, 10],
    ['before the COMMIT of a checkpoint of planning', 'before', 'UPDATE guides_job_step SET plan_cursor', 10],
    ['after the COMMIT of a checkpoint of planning', 'after', 'UPDATE guides_job_step SET plan_cursor', 10],
    ['before the COMMIT of the end of planning', 'before', "SET plan_status = 'SUCCESS'", 10],
    ['after the COMMIT of the end of planning', 'after', "SET plan_status = 'SUCCESS'", 10],
    ['before the COMMIT of the end of the job', 'before', "SET status = 'SUCCESS'", 10],
    ['after the COMMIT of the end of the job', 'after', "SET status = 'SUCCESS'", 10],
  ])('cut %s', async (_, moment, marker, commits) => {
    let commitsOfBatches = 0;
    const service = await openThroughProxy((opened) => {
      intercept(opened.jobs, 'commitBatch', async (go, { step }) => {
        await go();
        if (step === 'process') commitsOfBatches++;
      });
    });
    const cut = proxy.cutOnce('COMMIT', marker, moment);
    const processingId = await service.start(PATH);
    await cut;
    await expectExact(service, processingId);
    expect(commitsOfBatches).toBe(commits);
  });

  it.each<[string, (opened: RunningService, gate: Gate) => void]>([
    ['while it is planned', (s, gate) => intercept(s.jobs, 'savePlan', holdFrom(1, gate))],
    ['between batches', (s, gate) => intercept(s.jobs, 'claimBatch', holdFrom(4, gate))],
    ['while assets are parsed', (s, gate) => intercept(s.pipeline, 'run', holdFrom(3, gate))],
    ['in the middle of the transaction of a batch', (s, gate) => intercept(s.records, 'save', holdFrom(3, gate))],
    ['while references are resolved', (s, gate) => intercept(s.graph, 'settle', holdFrom(1, gate))],
  ])('lost with all others %s: the job goes on by itself when the server is back', async (_, hold) => {
    const gate = new Gate();
    const service = await openThroughProxy((opened) => hold(opened, gate));
    const processingId = await service.start(PATH);
    await gate.reached;
    proxy.refuse();
    gate.open();
    // The service says so, and goes on looking.
    await expect(service.job(processingId)).rejects.toMatchObject({ code: 'REPOSITORY_UNAVAILABLE' });
    proxy.accept();
    await expectExact(service, processingId);
  });

  it('that is cut again and again costs time only', async () => {
    const service = await openThroughProxy();
    const processingId = await service.start(PATH);
    for (let cuts = 0; cuts < 6; cuts++) {
      await atLeast(service, processingId, cuts * 20);
      proxy.cut();
    }
    await atLeast(service, processingId, 200);
    await expectExact(service, processingId);
  });

  it('that stands still past every lease holds the job up, and no longer', async () => {
    const service = await openThroughProxy();
    const processingId = await service.start(PATH);
    await atLeast(service, processingId, 40);
    proxy.stall();
    const other = await tree.open();
    await expectExact(other, processingId);
    const [done, log] = [await other.job(processingId), await other.log(processingId)];
    proxy.flow();
    await tree.close(service);
    expect(await other.job(processingId)).toEqual(done);
    expect(await other.log(processingId)).toEqual(log);
    expect(await dataViolations(tree.settings.databaseUrl)).toEqual([]);
  });

  it('that is slow makes the job slow, and nothing else', async () => {
    proxy.delay(3);
    const service = await openThroughProxy();
    await expectExact(service, await service.start(PATH));
  });

  /** By the database itself: the service's connections may be cut. */
  async function atLeast(service: RunningService, processingId: string, assets: number): Promise<void> {
    for (;;) {
      const job = await service.job(processingId).catch(() => null);
      if (job && (job.status === 'SUCCESS' || job.counts.succeeded + job.counts.failed >= assets)) return;
    }
  }
});
