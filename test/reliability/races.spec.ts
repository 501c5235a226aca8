import { setImmediate as nextTurn } from 'node:timers/promises';
import { IllegalJobStateError } from '../../src/contracts/errors.js';
import { type Job, SYSTEM_USER } from '../../src/contracts/job.js';
import { AutomaticRunScheduler } from '../../src/modules/processing/automatic-run.scheduler.js';
import { Gate, intercept } from '../support/held-calls.js';
import { call, USERS } from '../support/http-service.js';
import { ImportedTree } from '../support/imported-tree.js';
import type { RunningService } from '../support/running-service.js';
import { sampleTree, topicOf } from '../support/sample-tree.js';

const ASSETS = 120;
const ROUNDS = 50;
/** Races of a cancel with the last batch: so many, or as many as there is time for. */
const MOST_RACES = 1000;
const RACING_MS = 12_000;
const PATH = '/content/dam/t';
const END = /Job (cancelled|finished|failed)/;

describe('of several at the same moment exactly one wins', () => {
  const tree = new ImportedTree(PATH, sampleTree(ASSETS), { concurrency: 1 });

  it(`two cancels, two resumes: one is answered with 200 and the other with 400 (${ROUNDS} rounds)`, async () => {
    const gate = new Gate();
    const service = await tree.open((opened) => intercept(opened.jobs, 'claimBatch', (go) => gate.pass().then(go)));
    const processingId = await service.start(PATH);
    const both = async (action: string): Promise<number[]> => {
      const post = () => call(service.app, 'post', `/assets/process/${action}?processingId=${processingId}`, USERS.operator);
      return (await Promise.all([post(), post()])).map(({ status }) => status).sort();
    };
    for (let round = 0; round < ROUNDS; round++) {
      expect([round, ...(await both('cancel'))]).toEqual([round, 200, 400]);
      expect([round, ...(await both('resume'))]).toEqual([round, 200, 400]);
    }
    gate.open();
    await tree.expectExact(service, processingId);
    const log = await service.log(processingId);
    expect(log.filter((line) => line.includes('Job cancelled by'))).toHaveLength(ROUNDS);
    expect(log.filter((line) => line.includes('Job resumed by'))).toHaveLength(ROUNDS);
  });

  it('a cancel and the last batch: one end state, and what the batch did counts wholly or not at all', async () => {
    let gate = new Gate();
    const service = await tree.open((opened) => intercept(opened.records, 'reserveIds', (go) => gate.pass().then(go)));
    const path = '/content/dam/race/only.dita';
    await service.put(path, topicOf('Only'));
    const ends = { 'cancelled before the commit': 0, 'cancelled after the commit': 0, finished: 0 };
    const started = performance.now();
    let round = 0;
    for (; round < MOST_RACES && performance.now() - started < RACING_MS; round++) {
      gate = new Gate();
      const processingId = await service.start(path);
      await gate.reached;
      gate.open();
      // Further and further into the commit and what follows it.
      for (let turn = round % 12; turn > 0; turn--) await nextTurn();
      for (let step = round % 61; step > 0; step--) await Promise.resolve();
      const isCancelled = await service.api.cancel(processingId, 'olga').then(
        () => true,
        (error: unknown) => (expect(error).toBeInstanceOf(IllegalJobStateError), false),
      );
      const job = await service.ended(processingId);
      expect(job.status).toBe(isCancelled ? 'CANCELLED' : 'SUCCESS');
      await expectOneEnd(service, job);
      ends[!isCancelled ? 'finished' : job.counts.succeeded === 1 ? 'cancelled after the commit' : 'cancelled before the commit']++;
    }
    process.stdout.write(`cancel against the last batch: ${round} races, ${JSON.stringify(ends)}\n`);
    expect(Object.values(ends).filter((count) => count === 0)).toEqual([]);
  });

  it(`${ROUNDS} starts for one path on two instances: one job`, async () => {
    const gate = new Gate();
    const hold = (opened: RunningService): void => intercept(opened.jobs, 'claimPlan', (go) => gate.pass().then(go));
    const instances = [await tree.open(hold), await tree.open(hold)];
    const body = { path: PATH, type: 'ASSET_PROCESSING' };
    const answers = await Promise.all(
      Array.from({ length: ROUNDS / 2 }, () => instances.map(({ app }) => call(app, 'post', '/assets/process', USERS.operator).send(body))).flat(),
    );
    const won = answers.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(ROUNDS - 1);
    gate.open();
    for (const instance of instances) {
      expect(await instance.api.history(100)).toHaveLength(1);
      await tree.expectExact(instance, (won[0]?.body as { processingId: string }).processingId);
    }
  });

  it(`a resume and a new start on the same path: one of them is active (${ROUNDS} rounds)`, async () => {
    const gate = new Gate();
    const service = await tree.open((opened) => intercept(opened.jobs, 'claimPlan', (go) => gate.pass().then(go)));
    let cancelled = await service.start(PATH);
    await service.api.cancel(cancelled, 'olga');
    for (let round = 0; round < ROUNDS; round++) {
      const attempts = [() => service.api.resume(cancelled, 'olga').then(() => cancelled), () => service.start(PATH)];
      const tried = await Promise.allSettled((round % 2 === 0 ? attempts : attempts.reverse()).map((attempt) => attempt()));
      expect(tried.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const [active, ...others] = await service.jobs.activeJobs();
      expect(others).toEqual([]);
      cancelled = active ?? '';
      if (round < ROUNDS - 1) await service.api.cancel(cancelled, 'olga');
    }
    gate.open();
    await tree.expectExact(service, cancelled);
  });

  it('a tick of the schedule while a run is on starts none, and of two instances one starts it', async () => {
    const gate = new Gate();
    const hold = (opened: RunningService): void => intercept(opened.jobs, 'claimPlan', (go) => gate.pass().then(go));
    const instances = [await tree.open(hold), await tree.open(hold)];
    const schedulers = instances.map(({ api, jobs }) => new AutomaticRunScheduler(api, jobs, PATH));
    // Their clocks differ by a few seconds.
    const tick = (minute: number): Promise<unknown> =>
      Promise.all(schedulers.map((scheduler, i) => scheduler.tick('night', new Date(minute * 60_000 + i * 7000))));
    const runs = async (): Promise<Job[]> => (await instances[0]?.api.history(100))?.map(({ job }) => job) ?? [];

    await tick(1);
    expect(await runs()).toMatchObject([{ createdBy: SYSTEM_USER, filter: { filterProcessedAssets: true } }]);
    await tick(2);
    expect(await runs()).toHaveLength(1);
    gate.open();
    const [first] = await runs();
    for (const instance of instances) await tree.expectExact(instance, first?.processingId ?? '');
    await tick(3);
    expect(await runs()).toHaveLength(2);
    // A clock that was set back means a tick that was there already.
    await tick(2);
    expect(await runs()).toHaveLength(2);
  });
});

async function expectOneEnd(service: RunningService, job: Job): Promise<void> {
  const log = await service.log(job.processingId);
  expect(log.filter((line) => END.test(line))).toHaveLength(1);
  expect(log.at(-1)).toMatch(END);
  const { succeeded, failed, skipped, total } = job.counts;
  expect([0, 1]).toContain(succeeded);
  expect({ failed, skipped, total }).toEqual({ failed: 0, skipped: 0, total: 1 });
  expect(log.filter((line) => line.includes('only.dita SUCCESS'))).toHaveLength(succeeded);
}
