import { IllegalJobStateError, JobAlreadyActiveError, UnknownJobError } from '../../src/contracts/errors.js';
import type { JobRequest } from '../../src/contracts/job.js';
import { DATABASES } from '../support/databases.js';
import { JobFixture, outcomesOf, requestOf } from '../support/job-fixture.js';

/** Races of a cancel against completion, and against the commit of the last batch. */
const COMPLETION_RACES = 200;
const COMMIT_RACES = 60;
/** Jobs that race at the same moment. */
const RACES_AT_ONCE = 10;

describe.each(DATABASES)('the control of jobs on %s', (databaseName) => {
  let fixture: JobFixture;

  beforeAll(async () => {
    fixture = await JobFixture.open(databaseName);
  });
  afterAll(() => fixture.close());

  it('gives a job back as it was asked for', async () => {
    const request: JobRequest = {
      type: 'SOME_TYPE',
      path: "/content/dam/\u00e9 'x' \u{1f600}",
      excludedPaths: ['/content/dam/a\\b', '/content/dam/"c"'],
      filter: { fileTypes: ['DITAMAP', 'HTML/CSS'], startTime: 1, endTime: 2 ** 41, filterProcessedAssets: true },
      dryRun: true,
    };
    const job = await fixture.store.create(request, 'Zo\u00eb');
    expect(job).toMatchObject({
      ...request,
      status: 'WAITING',
      calculationStatus: 'WAITING',
      createdBy: 'Zo\u00eb',
      startedAtMs: 0,
      completedAtMs: 0,
      comments: '',
      counts: { total: 0, succeeded: 0, failed: 0, skipped: 0 },
      hasLogs: true,
    });
    expect(Math.abs(job.createdAtMs - Date.now())).toBeLessThan(60_000);
    expect(await fixture.otherStore.find(job.processingId)).toEqual(job);
    expect(await fixture.store.find('no-such-job')).toBeNull();
  });

  it('starts one of 50 jobs on one path that two instances are asked for at once', async () => {
    const path = fixture.newPath();
    const { kept, errors } = await outcomesOf(Array.from({ length: 50 }, (_, i) => fixture.storeOf(i).create(requestOf(path), `user${i}`)));
    expect(kept).toHaveLength(1);
    expect(errors).toHaveLength(49);
    for (const error of errors) {
      expect(error).toBeInstanceOf(JobAlreadyActiveError);
      expect(error).toMatchObject({ path, processingId: kept[0]?.processingId });
    }
    expect((await fixture.store.activeJobs()).filter((id) => id === kept[0]?.processingId)).toHaveLength(1);
  });

  it('lets jobs of other types and other paths run beside it, by their bytes', async () => {
    const path = fixture.newPath();
    const others = [requestOf(`${path}x`), requestOf(`${path}/sub`), requestOf(`${path} `), requestOf(path.toUpperCase()), requestOf(path, { type: 'asset_processing' })];
    const { kept } = await outcomesOf([requestOf(path), ...others].map((request) => fixture.store.create(request, 'tester')));
    expect(kept).toHaveLength(6);
  });

  it.each(['cancelled', 'failed', 'finished'])('frees the path when the job is %s', async (end) => {
    const { job } = await fixture.planned(0);
    if (end === 'cancelled') await fixture.store.cancel(job.processingId, 'tester');
    if (end === 'failed') expect(await fixture.store.fail(job.processingId, job.epoch, 'broken')).toBe(true);
    if (end === 'finished') {
      await fixture.planReferencePhase(job.processingId);
      expect(await fixture.store.settle(job.processingId, null)).toMatchObject({ status: 'SUCCESS' });
    }
    expect(await fixture.store.activeJobs()).not.toContain(job.processingId);
    expect((await fixture.job(job.processingId)).completedAtMs).toBeGreaterThan(0);
    await fixture.otherStore.create(requestOf(job.path), 'tester');
  });

  it('cancels once, however many ask at the same moment', async () => {
    const { processingId } = await fixture.create();
    const { kept, errors } = await outcomesOf(Array.from({ length: 20 }, (_, i) => fixture.storeOf(i).cancel(processingId, `user${i}`)));
    expect(kept).toMatchObject([{ status: 'CANCELLED', epoch: 2 }]);
    expect(errors.every((error) => error instanceof IllegalJobStateError)).toBe(true);
    expect((await fixture.log(processingId)).filter((line) => line.includes('cancelled'))).toHaveLength(1);
  });

  it('resumes once, however many ask at the same moment', async () => {
    const { processingId } = await fixture.create();
    await fixture.store.cancel(processingId, 'tester');
    const { kept, errors } = await outcomesOf(Array.from({ length: 20 }, (_, i) => fixture.storeOf(i).resume(processingId, `user${i}`)));
    expect(kept).toMatchObject([{ status: 'WAITING', epoch: 3, completedAtMs: 0 }]);
    expect(errors.every((error) => error instanceof IllegalJobStateError)).toBe(true);
  });

  it('refuses to resume while another job has the path, and says which', async () => {
    const { processingId, path } = await fixture.create();
    await fixture.store.cancel(processingId, 'tester');
    const other = await fixture.otherStore.create(requestOf(path), 'tester');
    await expect(fixture.store.resume(processingId, 'tester')).rejects.toMatchObject({ name: 'JobAlreadyActiveError', processingId: other.processingId });
    expect((await fixture.job(processingId)).status).toBe('CANCELLED');
    expect(await fixture.log(processingId)).not.toContainEqual(expect.stringContaining('resumed'));
  });

  it('refuses what a state does not allow, and jobs that nobody knows', async () => {
    const { processingId, epoch } = await fixture.create();
    await expect(fixture.store.resume(processingId, 'tester')).rejects.toThrow(IllegalJobStateError);
    expect(await fixture.store.fail(processingId, epoch + 1, 'late')).toBe(false);
    await expect(fixture.store.cancel('nobody', 'tester')).rejects.toThrow(UnknownJobError);
    await expect(fixture.store.resume('nobody', 'tester')).rejects.toThrow(UnknownJobError);
    expect(await fixture.store.fail('nobody', 1, 'x')).toBe(false);
    expect(await fixture.store.settle('nobody', null)).toBeNull();
    expect((await fixture.job(processingId)).status).toBe('WAITING');
  });

  it('lists the newest jobs first', async () => {
    const newest = await fixture.create();
    const jobs = await fixture.store.history(5);
    expect(jobs).toHaveLength(5);
    const times = jobs.map((job) => job.createdAtMs);
    expect(times).toEqual([...times].sort((a, b) => b - a));
    expect((await fixture.store.history(1000)).map((job) => job.processingId)).toContain(newest.processingId);
  });

  it(`lets exactly one win when a cancel meets completion, ${COMPLETION_RACES} times`, async () => {
    const winners = await race(COMPLETION_RACES, async (i) => {
      const { job } = await fixture.planned(0);
      await fixture.planReferencePhase(job.processingId);
      return { id: job.processingId, ends: [() => fixture.storeOf(i).settle(job.processingId, null), () => fixture.storeOf(i + 1).cancel(job.processingId, 'tester')] };
    });
    for (const { id, kept, status } of winners) {
      expect(kept).toEqual([status]);
      const ends = (await fixture.log(id)).filter((line) => /finished|cancelled/.test(line));
      expect(ends).toEqual([expect.stringContaining(status === 'SUCCESS' ? 'finished' : 'cancelled')]);
    }
  }, 60_000);

  it(`commits all of a batch before a cancel or nothing of it after one, ${COMMIT_RACES} times`, async () => {
    const winners = await race(COMMIT_RACES, async (i) => {
      const { job, ids } = await fixture.planned(1);
      const claims = await Promise.all(ids.map((id) => fixture.claim(id)));
      const commit = async () => {
        for (const claim of claims) await fixture.commit(claim, { lines: [{ level: 'INFO', text: 'committed' }] });
        return { status: 'COMMITTED' };
      };
      return { id: job.processingId, ends: [commit, () => fixture.storeOf(i).cancel(job.processingId, 'tester')] };
    });
    for (const { id, kept, status } of winners) {
      expect(status).toBe('CANCELLED');
      const log = await fixture.log(id);
      expect(log.filter((line) => line.includes('committed'))).toHaveLength(kept.length - 1);
      expect((await fixture.job(id)).counts.succeeded).toBe((kept.length - 1) * 10);
    }
  }, 60_000);

  /** Prepares jobs and lets both ends of each meet, now this one called first, now that one; the statuses that won, by job. */
  async function race(races: number, prepare: (i: number) => Promise<{ id: string; ends: (() => Promise<{ status: string } | null>)[] }>) {
    const results: { id: string; kept: string[]; status: string }[] = [];
    for (let first = 0; first < races; first += RACES_AT_ONCE) {
      const prepared = await Promise.all(Array.from({ length: RACES_AT_ONCE }, (_, i) => prepare(first + i)));
      const met = prepared.map(async ({ id, ends }, i) => {
        const { kept } = await outcomesOf((i % 2 === 0 ? ends : [...ends].reverse()).map((end) => end()));
        return { id, kept: kept.flatMap((won) => (won ? [won.status] : [])), status: (await fixture.job(id)).status };
      });
      results.push(...(await Promise.all(met)));
    }
    return results;
  }
});
