import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Job } from '../../src/contracts/job.js';
import { call, USERS } from '../support/http-service.js';
import { leftovers, NOTHING_LEFT } from '../support/job-evidence.js';
import { Barrier, intercept, RunningService } from '../support/running-service.js';
import { sampleTree, topicOf, writeTree } from '../support/sample-tree.js';
import { ServiceData } from '../support/service-data.js';

/** More than a page of a walk, so that planning takes several steps. */
const ASSETS = 1100;
const ROUNDS = 50;
const PATH = '/content/dam/t';
const FAILING = sampleTree(ASSETS).filter(({ succeeds }) => !succeeds).length;

type Hold = (service: RunningService, barrier: Barrier) => void;

/** Where a job is held up while it is cancelled. */
const MOMENTS: [string, Hold][] = [
  ['WAITING', (s, barrier) => intercept(s.jobs, 'claimPlan', (go) => barrier.pass().then(go))],
  ['planning', (s, barrier) => intercept(s.jobs, 'savePlan', from(2, barrier))],
  ['between the end of planning and its mark', (s, barrier) => intercept(s.jobs, 'finishPlan', from(1, barrier))],
  ['between batches', (s, barrier) => intercept(s.jobs, 'claimBatch', from(9, barrier))],
  ['processing assets', (s, barrier) => intercept(s.pipeline, 'run', from(7, barrier))],
  ['about to commit', (s, barrier) => intercept(s.records, 'reserveIds', from(8, barrier))],
  ['planning the reference phase', (s, barrier) => intercept(s.graph, 'queuedSources', from(2, barrier))],
];

describe('cancel and resume', () => {
  let source: string;
  let imported: ServiceData;
  let data: ServiceData;
  let service: RunningService;

  beforeAll(async () => {
    source = mkdtempSync(join(tmpdir(), 'guides-cancel-'));
    writeTree(source, sampleTree(ASSETS));
    imported = ServiceData.create({ batchSize: 20, sweepMs: 20, workerThreads: 1 });
    await imported.import(source, PATH);
  });
  afterAll(() => {
    imported.remove();
    rmSync(source, { recursive: true, force: true });
  });
  beforeEach(() => {
    data = imported.copy();
  });
  afterEach(async () => {
    await service.close();
    data.remove();
  });

  it.each(MOMENTS)('a job cancelled while %s commits nothing more, and resumed ends exact', async (_, hold) => {
    const barrier = new Barrier();
    service = await RunningService.open(data.settings, (opened) => hold(opened, barrier));
    const processingId = await service.start(PATH);
    await barrier.reached;
    const { job } = await service.api.cancel(processingId, 'olga');
    const log = await service.log(processingId);
    expect(job.status).toBe('CANCELLED');
    expect(log.at(-1)).toContain('Job cancelled by olga');

    // Whatever is under way ends, one way or the other, before the service is closed.
    barrier.open();
    await service.close();
    service = await RunningService.open(data.settings);
    expect(await service.job(processingId)).toEqual(job);
    expect(await service.log(processingId)).toEqual(log);
    expect(await leftovers(data.settings.databaseUrl)).toMatchObject({ leasedBatches: 0, leasedSteps: 0 });

    await service.api.resume(processingId, 'olga');
    await expectExact(processingId);
  });

  it.each(MOMENTS)('a job cancelled and resumed at once while %s ends exact, whatever was still under way', async (_, hold) => {
    const barrier = new Barrier();
    service = await RunningService.open(data.settings, (opened) => hold(opened, barrier));
    const processingId = await service.start(PATH);
    await barrier.reached;
    await service.api.cancel(processingId, 'olga');
    await service.api.resume(processingId, 'olga');
    barrier.open();
    await expectExact(processingId);
  });

  it('a cancel during a commit waits for it and counts it', async () => {
    const barrier = new Barrier();
    service = await RunningService.open(data.settings, (opened) => intercept(opened.jobs, 'commitBatch', from(5, barrier)));
    const processingId = await service.start(PATH);
    await barrier.reached;
    const cancelled = service.api.cancel(processingId, 'olga');
    barrier.open();
    const { job } = await cancelled;
    expect(job.counts.succeeded + job.counts.failed).toBe(5 * 20);
    await service.close();
    service = await RunningService.open(data.settings);
    expect(await service.job(processingId)).toEqual(job);
    await service.api.resume(processingId, 'olga');
    await expectExact(processingId);
  });

  it(`of two cancels, and of two resumes, exactly one wins and the other gets 400 (${ROUNDS} rounds)`, async () => {
    const barrier = new Barrier();
    service = await RunningService.open(data.settings, (opened) => intercept(opened.jobs, 'claimBatch', (go) => barrier.pass().then(go)));
    const processingId = await service.start(PATH);
    const both = async (action: string): Promise<number[]> => {
      const post = () => call(service.app, 'post', `/assets/process/${action}?processingId=${processingId}`, USERS.operator);
      return (await Promise.all([post(), post()])).map(({ status }) => status).sort();
    };
    for (let round = 0; round < ROUNDS; round++) {
      expect([round, ...(await both('cancel'))]).toEqual([round, 200, 400]);
      expect([round, ...(await both('resume'))]).toEqual([round, 200, 400]);
    }
    barrier.open();
    await expectExact(processingId);
    const log = await service.log(processingId);
    expect(log.filter((line) => line.includes('Job cancelled by'))).toHaveLength(ROUNDS);
    expect(log.filter((line) => line.includes('Job resumed by'))).toHaveLength(ROUNDS);
  });

  it(`of a cancel and the completion exactly one wins (${ROUNDS} rounds)`, async () => {
    let complete = false;
    let barrier = new Barrier();
    service = await RunningService.open(data.settings, (opened) => {
      intercept(opened.jobs, 'finishPlan', async (go, claim) => {
        await go();
        complete = claim.step === 'resolve';
      });
      intercept(opened.jobs, 'settle', (go) => (complete ? barrier.pass().then(go) : go()));
    });
    await service.put('/content/dam/race/plain.txt', 'no references');
    const ends = { SUCCESS: 0, CANCELLED: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      complete = false;
      barrier = new Barrier();
      const processingId = await service.start('/content/dam/race');
      await barrier.reached;
      if (round % 2 === 0) barrier.open();
      const cancelled = service.api.cancel(processingId, 'olga').then(
        () => true,
        (error: Error) => (expect(error.name).toBe('IllegalJobStateError'), false),
      );
      barrier.open();
      const status = (await cancelled) ? 'CANCELLED' : 'SUCCESS';
      expect((await service.ended(processingId)).status).toBe(status);
      const log = await service.log(processingId);
      expect(log.filter((line) => /Job (cancelled|finished|failed)/.test(line))).toHaveLength(1);
      ends[status]++;
    }
    expect(ends.SUCCESS + ends.CANCELLED).toBe(ROUNDS);
  });

  it(`${ROUNDS} starts at once for one path make one job`, async () => {
    const barrier = new Barrier();
    service = await RunningService.open(data.settings, (opened) => intercept(opened.jobs, 'claimPlan', (go) => barrier.pass().then(go)));
    const body = { path: PATH, type: 'ASSET_PROCESSING' };
    const answers = await Promise.all(
      Array.from({ length: ROUNDS }, () => call(service.app, 'post', '/assets/process', USERS.operator).send(body)),
    );
    const won = answers.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(ROUNDS - 1);
    expect(await service.api.history(100)).toHaveLength(1);
    barrier.open();
    await expectExact((won[0]?.body as { processingId: string }).processingId);
    // Released with the end: the path is free again.
    await service.put(`${PATH}/later.dita`, topicOf('Later'));
    expect((await service.ended(await service.start(PATH))).counts.total).toBe(ASSETS + 1);
  });

  async function expectExact(processingId: string): Promise<void> {
    const { status, counts, comments }: Job = await service.ended(processingId);
    expect({ status, counts, comments }).toMatchObject({
      status: 'SUCCESS',
      counts: { total: ASSETS, succeeded: ASSETS - FAILING, failed: FAILING, skipped: 0 },
    });
    expect((await service.verdicts(processingId)).size).toBe(ASSETS);
    expect(await leftovers(data.settings.databaseUrl)).toEqual(NOTHING_LEFT);
  }
});

/** Lets the first calls through; from the `nth` on they wait at the barrier. */
function from(nth: number, barrier: Barrier): <R>(go: () => Promise<R>) => Promise<R> {
  let calls = 0;
  return (go) => (++calls >= nth ? barrier.pass().then(go) : go());
}
