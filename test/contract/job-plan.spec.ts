import { LeaseLostError } from '../../src/contracts/errors.js';
import { DATABASES } from '../support/databases.js';
import { EXPIRED_MS, JobFixture, LONG_MS, plannedBatch } from '../support/job-fixture.js';

describe.each(DATABASES)('planning on %s', (databaseName) => {
  let fixture: JobFixture;

  beforeAll(async () => {
    fixture = await JobFixture.open(databaseName);
  });
  afterAll(() => fixture.close());

  it('belongs to one planner at a time, however many ask on two instances', async () => {
    const { processingId } = await fixture.create();
    const asked = await Promise.all(Array.from({ length: 16 }, (_, i) => fixture.storeOf(i).claimPlan(processingId, `planner${i}`, LONG_MS)));
    expect(asked.filter((claim) => claim !== null)).toMatchObject([{ step: 'process', cursor: null, nextBatchNumber: 0, epoch: 1, job: { status: 'IN_PROGRESS' } }]);
    expect(await fixture.job(processingId)).toMatchObject({ status: 'IN_PROGRESS', calculationStatus: 'IN_PROGRESS' });
  });

  it('is asked for without waiting for the commits of the job while somebody is at it', async () => {
    const { processingId } = await fixture.create();
    await fixture.plan(processingId);
    await fixture.database.run(async (tx) => {
      // As every commit of a batch does.
      await tx.query(`SELECT 1 AS one FROM guides_job WHERE processing_id = ?${fixture.database.dialect.forShare}`, [processingId]);
      expect(await fixture.otherStore.claimPlan(processingId, 'other', LONG_MS)).toBeNull();
    });
  });

  it('saves batches, cursor and log together and goes on behind the cursor, in another process too', async () => {
    const { processingId } = await fixture.create();
    const first = await fixture.plan(processingId);
    const cursor = "/content/dam/\u{1f600} 'x'";
    const ids = await fixture.store.savePlan(first, [plannedBatch(0), plannedBatch(1)], cursor, [{ level: 'INFO', text: 'two more' }]);
    expect(ids.map((id) => id.number)).toEqual([0, 1]);
    await fixture.store.releasePlan(first);
    const second = await fixture.otherStore.claimPlan(processingId, 'other', LONG_MS);
    if (!second) throw new Error('free');
    expect(second).toMatchObject({ cursor, nextBatchNumber: 2 });
    expect((await fixture.otherStore.savePlan(second, [plannedBatch(2)], 'z')).map((id) => id.number)).toEqual([2]);
    await fixture.otherStore.finishPlan(second, [], 'all planned');
    expect(await fixture.job(processingId)).toMatchObject({ calculationStatus: 'SUCCESS', comments: 'all planned', counts: { total: 30 } });
    expect(await fixture.store.plannedTypes(processingId)).toEqual({ DITATOPIC: 30 });
    expect(await fixture.log(processingId)).toContain('INFO two more');
  });

  it('is lost with the lease: the old planner writes nothing more', async () => {
    const { processingId } = await fixture.create();
    const stale = await fixture.store.claimPlan(processingId, 'planner', EXPIRED_MS);
    const taker = await fixture.otherStore.claimPlan(processingId, 'taker', LONG_MS);
    if (!stale || !taker) throw new Error('both claimed');
    await expect(fixture.store.savePlan(stale, [plannedBatch(0)], 'a', [{ level: 'INFO', text: 'stale' }])).rejects.toThrow(LeaseLostError);
    await expect(fixture.store.finishPlan(stale, [])).rejects.toThrow(LeaseLostError);
    await fixture.store.releasePlan(stale);
    expect(await fixture.store.claimPlan(processingId, 'third', LONG_MS)).toBeNull();
    await fixture.otherStore.savePlan(taker, [plannedBatch(0)], 'a');
    expect(await fixture.rowsOf('guides_job_batch', processingId)).toBe(1);
    expect(await fixture.log(processingId)).not.toContain('INFO stale');
  });

  it('stops at a cancel, and goes on from its cursor after a resume', async () => {
    const { processingId } = await fixture.create();
    const claim = await fixture.plan(processingId);
    await fixture.store.savePlan(claim, [plannedBatch(0)], 'k');
    await fixture.store.cancel(processingId, 'tester');
    await expect(fixture.store.savePlan(claim, [plannedBatch(1)], 'l')).rejects.toThrow(LeaseLostError);
    await expect(fixture.store.finishPlan(claim, [])).rejects.toThrow(LeaseLostError);
    expect(await fixture.store.claimPlan(processingId, 'planner', LONG_MS)).toBeNull();
    await fixture.store.resume(processingId, 'tester');
    expect(await fixture.plan(processingId)).toMatchObject({ cursor: 'k', nextBatchNumber: 1, epoch: 3 });
  });

  it('comes to the reference phase only when every batch of the first step is done', async () => {
    const { job, ids } = await fixture.planned(2);
    const claims = await Promise.all(ids.map((id) => fixture.claim(id)));
    for (const claim of claims) {
      expect(await fixture.store.claimPlan(job.processingId, 'planner', LONG_MS)).toBeNull();
      await fixture.commit(claim);
    }
    const resolve = await fixture.plan(job.processingId);
    expect(resolve).toMatchObject({ step: 'resolve', cursor: null, nextBatchNumber: 0 });
    const [id] = await fixture.store.savePlan(resolve, [{ ...plannedBatch(0), fromKey: '1', toKey: '500' }], '500');
    await fixture.store.finishPlan(resolve, []);
    expect(await fixture.store.settle(job.processingId, null)).toBeNull();
    if (id) await fixture.commit(await fixture.claim(id), { succeeded: 0, failed: 0 });
    expect(await fixture.store.settle(job.processingId, null)).toMatchObject({ status: 'SUCCESS', counts: { total: 20 } });
    expect(await fixture.store.claimPlan(job.processingId, 'planner', LONG_MS)).toBeNull();
  });

  it('fails with the job and is taken up again by a resume', async () => {
    const { processingId, epoch } = await fixture.create();
    await fixture.plan(processingId);
    await fixture.store.fail(processingId, epoch, 'no');
    expect(await fixture.job(processingId)).toMatchObject({ status: 'FAILED', calculationStatus: 'FAILED' });
    await fixture.store.resume(processingId, 'tester');
    expect(await fixture.plan(processingId)).toMatchObject({ step: 'process' });
  });

  it('of a dry run counts, and leaves nothing to be worked on', async () => {
    const { job, ids } = await fixture.planned(3, { dryRun: true });
    expect(job.counts).toEqual({ total: 30, succeeded: 0, failed: 0, skipped: 0 });
    expect(await fixture.store.claimBatch(ids[0] ?? { processingId: '', step: 'process', number: 0 }, 'worker', LONG_MS)).toBeNull();
    expect((await fixture.store.dueBatches(1000)).filter((id) => id.processingId === job.processingId)).toEqual([]);
    await fixture.planReferencePhase(job.processingId);
    expect(await fixture.store.settle(job.processingId, 0)).toMatchObject({ status: 'SUCCESS', comments: 'Dry run: 30 assets would be processed.' });
  });

  it('offers the first batches of every job before the later ones of a large one', async () => {
    const large = await fixture.planned(30);
    const small = await fixture.planned(2);
    const own = (await fixture.store.dueBatches(10_000)).filter(({ processingId }) => [large.job.processingId, small.job.processingId].includes(processingId));
    expect(own).toHaveLength(32);
    expect(own.slice(0, 4).map(({ processingId, number }) => [processingId === small.job.processingId, number]).sort()).toEqual([[false, 0], [false, 1], [true, 0], [true, 1]]);
    expect(await fixture.store.dueBatches(3)).toHaveLength(3);
  });

  it('tells the ETA what the last batches took, and what is left', async () => {
    const { job, ids } = await fixture.planned(3);
    for (const id of ids.slice(0, 2)) await fixture.commit(await fixture.claim(id), { elapsedMs: 40 + id.number });
    const progress = await fixture.store.progress(await fixture.job(job.processingId));
    expect(progress.remaining).toEqual({ DITATOPIC: 10 });
    expect(progress.recent.map(({ elapsedMs }) => elapsedMs).sort()).toEqual([40, 41]);
    expect(progress.recent[0]).toMatchObject({ typeCounts: { DITATOPIC: 10 }, typeElapsedMs: { DITATOPIC: 5 } });
    await fixture.store.cancel(job.processingId, 'tester');
    const resumed = await fixture.store.resume(job.processingId, 'tester');
    expect((await fixture.store.progress(resumed)).recent).toEqual([]);
  });
});
