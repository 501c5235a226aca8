import fc from 'fast-check';
import { LeaseLostError } from '../../src/contracts/errors.js';
import type { BatchClaim } from '../../src/contracts/job.js';
import { heldClaim, renewal } from '../../src/repository/jobs/held-claim.js';
import { signal } from '../support/barrier.js';
import { DATABASES, untilSomebodyWaits } from '../support/databases.js';
import { EXPIRED_MS, JobFixture, LONG_MS, outcomeOf, PER_BATCH, plannedBatch } from '../support/job-fixture.js';

describe.each(DATABASES)('batches under lease on %s', (databaseName) => {
  let fixture: JobFixture;

  beforeAll(async () => {
    fixture = await JobFixture.open(databaseName);
  });
  afterAll(() => fixture.close());

  /** A job with one batch, and the claim on it. */
  async function claimed(leaseMs = LONG_MS): Promise<BatchClaim> {
    const { ids } = await fixture.planned(1);
    const [claim] = await Promise.all(ids.map((id) => fixture.claim(id, leaseMs)));
    if (!claim) throw new Error('one batch');
    return claim;
  }

  /** Nothing that this claim writes gets in: not by its fence, not without one. */
  async function expectFenced(claim: BatchClaim): Promise<void> {
    const before = { job: await fixture.job(claim.processingId), log: await fixture.log(claim.processingId) };
    await expect(fixture.commit(claim)).rejects.toThrow(LeaseLostError);
    const outcome = outcomeOf({ lines: [{ level: 'INFO', text: 'stale' }], failures: [failureAt('/stale')] });
    await expect(fixture.database.run((tx) => fixture.store.commitBatch(claim, outcome, tx))).rejects.toThrow(LeaseLostError);
    await expect(fixture.store.splitBatch(claim, 'm', plannedBatch(9))).rejects.toThrow(LeaseLostError);
    await fixture.store.releaseBatch(claim, 0);
    expect({ job: await fixture.job(claim.processingId), log: await fixture.log(claim.processingId) }).toEqual(before);
    expect(await fixture.rowsOf('guides_job_failure', claim.processingId)).toBe(0);
    expect(await fixture.store.isCommitted(claim)).toBe(false);
  }

  const failureAt = (path: string) => ({ path, fileType: 'DITATOPIC' as const, step: 'parse', error: "It's \"bad\"", line: 3, column: null });

  it('are given to one of many that ask at the same moment on two instances', async () => {
    const { job, ids } = await fixture.planned(5);
    const asked = ids.flatMap((id) => Array.from({ length: 8 }, (_, i) => fixture.storeOf(i).claimBatch(id, `worker${i}`, LONG_MS)));
    const claims = (await Promise.all(asked)).filter((claim) => claim !== null);
    expect(claims.map((claim) => claim.number).sort()).toEqual([0, 1, 2, 3, 4]);
    expect(new Set(claims.map((claim) => claim.token)).size).toBe(5);
    expect(claims[0]).toMatchObject({ ...plannedBatch(claims[0]?.number ?? 0), epoch: 1, attempt: 1, job: { processingId: job.processingId, status: 'IN_PROGRESS' } });
    expect((await fixture.job(job.processingId)).startedAtMs).toBeGreaterThan(0);
  });

  it('leave assets, log, failures and DONE together', async () => {
    const claim = await claimed();
    await fixture.commit(claim, { succeeded: 7, failed: 2, skipped: 1, lines: [{ level: 'WARN', text: 'seen' }], failures: [failureAt('/b'), failureAt('/a')] });
    expect(await fixture.store.isCommitted(claim)).toBe(true);
    expect(await fixture.job(claim.processingId)).toMatchObject({ counts: { total: 10, succeeded: 7, failed: 2, skipped: 1 } });
    expect((await fixture.log(claim.processingId)).at(-1)).toBe('WARN seen');
    const failures = [];
    for await (const some of fixture.store.streamFailures(claim.processingId)) failures.push(...some);
    expect(failures).toEqual([failureAt('/b'), failureAt('/a')]);
    expect(await fixture.store.claimBatch(claim, 'other', LONG_MS)).toBeNull();
    await expect(fixture.commit(claim)).rejects.toThrow(LeaseLostError);
  });

  it('fence off the token of a lease that ran out and was taken over', async () => {
    const stale = await claimed(EXPIRED_MS);
    const taker = await fixture.claim(stale, LONG_MS, 'taker');
    expect(taker).toMatchObject({ attempt: 2, epoch: stale.epoch });
    await expectFenced(stale);
    await fixture.store.renew(stale, LONG_MS);
    await fixture.commit(taker);
    expect(await fixture.store.isCommitted(stale)).toBe(false);
    expect(await fixture.store.isCommitted(taker)).toBe(true);
  });

  it('fence off whoever began before a cancel', async () => {
    const claim = await claimed();
    await fixture.store.cancel(claim.processingId, 'tester');
    await expectFenced(claim);
    expect(await fixture.store.claimBatch(claim, 'worker', LONG_MS)).toBeNull();
  });

  it('fence off the epoch before a resume, and are claimed anew', async () => {
    const claim = await claimed();
    await fixture.store.cancel(claim.processingId, 'tester');
    await fixture.store.resume(claim.processingId, 'tester');
    await expectFenced(claim);
    const anew = await fixture.claim(claim);
    expect(anew).toMatchObject({ epoch: 3, attempt: 1 });
    await expectFenced({ ...anew, epoch: 1, token: claim.token });
    await expect(fixture.commit({ ...anew, epoch: claim.epoch })).rejects.toThrow(LeaseLostError);
    await fixture.commit(anew);
  });

  it('fence off a job that has failed', async () => {
    const claim = await claimed();
    await fixture.store.fail(claim.processingId, claim.epoch, 'the disk is full');
    await expectFenced(claim);
    expect(await fixture.job(claim.processingId)).toMatchObject({ status: 'FAILED', comments: 'the disk is full' });
  });

  it('make a cancel wait for the commit that is under way', async () => {
    const claim = await claimed();
    const fenced = signal();
    const order: string[] = [];
    const commit = fixture.database.run(async (tx) => {
      await fixture.store.fence(claim, tx);
      fenced.give();
      await untilSomebodyWaits(fixture.database);
      await fixture.store.commitBatch(claim, outcomeOf(), tx);
      order.push('commit');
    });
    await fenced.given;
    await Promise.all([commit, fixture.otherStore.cancel(claim.processingId, 'tester').then(() => order.push('cancel'))]);
    expect(order).toEqual(['commit', 'cancel']);
    expect(await fixture.job(claim.processingId)).toMatchObject({ status: 'CANCELLED', counts: { succeeded: PER_BATCH } });
  });

  it('are prolonged in the middle of their commit without a deadlock', async () => {
    const claim = await claimed();
    const fenced = signal();
    const commit = fixture.database.run(async (tx) => {
      await fixture.store.fence(claim, tx);
      fenced.give();
      await untilSomebodyWaits(fixture.database);
      await fixture.store.commitBatch(claim, outcomeOf(), tx);
    });
    await fenced.given;
    const { database, otherDatabase, otherStore } = fixture;
    const { sql, parameters } = renewal(heldClaim(claim), LONG_MS, database.dialect);
    // As the heartbeat does on a server: whatever loses is not repeated.
    await Promise.all([commit, database.dialect.isSqlite ? otherStore.renew(claim, LONG_MS) : otherDatabase.reader.execute(sql, parameters)]);
    expect((await fixture.job(claim.processingId)).counts.succeeded).toBe(PER_BATCH);
  });

  it('commit side by side without waiting for each other', async () => {
    const { job, ids } = await fixture.planned(40);
    const claims = await Promise.all(ids.map((id) => fixture.claim(id)));
    await Promise.all(claims.map((claim) => fixture.commit(claim, { lines: [{ level: 'INFO', text: `batch ${claim.number}` }] })));
    const log = await fixture.log(job.processingId);
    expect(log.filter((line) => line.startsWith('INFO batch')).sort()).toEqual(claims.map(({ number }) => `INFO batch ${number}`).sort());
    expect((await fixture.job(job.processingId)).counts).toEqual({ total: 400, succeeded: 400, failed: 0, skipped: 0 });
  });

  it('are held as long as the lease is renewed, by its token alone', async () => {
    const claim = await claimed(EXPIRED_MS);
    await fixture.store.renew({ ...claim, token: 'another' }, LONG_MS);
    await fixture.store.renew({ ...claim, owner: 'another' }, LONG_MS);
    expect(await dueOf(claim)).toBe(true);
    await fixture.store.renew(claim, LONG_MS);
    expect(await dueOf(claim)).toBe(false);
    expect(await fixture.store.claimBatch(claim, 'other', LONG_MS)).toBeNull();
    await fixture.commit(claim);
  });

  async function dueOf({ processingId, number }: BatchClaim): Promise<boolean> {
    return (await fixture.store.dueBatches(1000)).some((id) => id.processingId === processingId && id.number === number);
  }

  it('go back: at once and uncounted when unharmed, later and counted after a failure', async () => {
    const claim = await claimed();
    await fixture.store.releaseBatch(claim, 0);
    expect(await dueOf(claim)).toBe(true);
    const again = await fixture.claim(claim);
    expect(again.attempt).toBe(1);
    await fixture.store.releaseBatch(again, LONG_MS);
    expect(await dueOf(claim)).toBe(false);
    expect((await fixture.claim(claim)).attempt).toBe(2);
  });

  it('are free at once when their owner is known to be dead', async () => {
    const [dead, alive] = [await claimed(), await claimed()];
    await fixture.database.run((tx) => tx.execute("UPDATE guides_job_batch SET lease_owner = 'dead' WHERE processing_id = ?", [dead.processingId]));
    expect(await fixture.store.expireOwners((owner) => owner === 'dead')).toBe(1);
    expect([await dueOf(dead), await dueOf(alive)]).toEqual([true, false]);
  });

  it('split at a key: the claim keeps what lies before, a new batch takes the rest, no asset is lost', async () => {
    const claim = await claimed();
    const rest = { fromKey: '/content/dam/0/m', toKey: claim.toKey, plannedCount: 6, plannedTypes: { DITATOPIC: 6 } };
    const id = await fixture.store.splitBatch(claim, '/content/dam/0/l', rest);
    expect(id).toMatchObject({ processingId: claim.processingId, step: 'process', number: 1 });
    expect((await fixture.job(claim.processingId)).counts.total).toBe(PER_BATCH);
    expect(await fixture.claim(id)).toMatchObject(rest);
    await fixture.store.releaseBatch(claim, 0);
    expect(await fixture.claim(claim)).toMatchObject({ fromKey: claim.fromKey, toKey: '/content/dam/0/l', plannedCount: 4 });
  });

  it('are what the counters are the sum of, whatever they report; those of the reference phase count no assets', async () => {
    const outcome = fc.record({ succeeded: fc.nat(500), failed: fc.nat(500), skipped: fc.nat(500) });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(outcome), { minLength: 1, maxLength: 5 }), async (outcomes) => {
        const { job, ids } = await fixture.planned(outcomes.length);
        for (const [i, id] of ids.entries()) {
          const claim = await fixture.claim(id);
          const counted = outcomes[i];
          if (counted) await fixture.commit(claim, counted);
          else await expect(fixture.database.run((tx) => undone(() => fixture.store.commitBatch(claim, outcomeOf(), tx)))).rejects.toThrow('undone');
        }
        const done = outcomes.filter((counted) => counted !== null);
        const sum = (of: (counted: (typeof done)[number]) => number) => done.reduce((all, counted) => all + of(counted), 0);
        const total = sum(({ succeeded, failed, skipped }) => succeeded + failed + skipped) + (outcomes.length - done.length) * PER_BATCH;
        const counts = { total, succeeded: sum((c) => c.succeeded), failed: sum((c) => c.failed), skipped: sum((c) => c.skipped) };
        expect((await fixture.job(job.processingId)).counts).toEqual(counts);
        expect(await fixture.store.settle(job.processingId, null)).toBeNull();
        if (done.length < outcomes.length) return;
        const [resolve] = await fixture.store.savePlan(await fixture.plan(job.processingId), [plannedBatch(0)], '9');
        if (resolve) await fixture.commit(await fixture.claim(resolve), { succeeded: 99 });
        expect((await fixture.job(job.processingId)).counts).toEqual(counts);
      }),
      { numRuns: 10 },
    );
  });

  async function undone(work: () => Promise<void>): Promise<never> {
    await work();
    throw new Error('undone');
  }

  it.each([[null, 'SUCCESS'], [0.4, 'SUCCESS'], [0.3, 'FAILED'], [0, 'FAILED']])('end the job, with a failure threshold of %s and 4 of 10 failed as %s', async (threshold, status) => {
    const claim = await claimed();
    expect(await fixture.store.settle(claim.processingId, threshold)).toBeNull();
    await fixture.commit(claim, { succeeded: 6, failed: 4 });
    expect(await fixture.store.settle(claim.processingId, threshold)).toBeNull();
    await fixture.planReferencePhase(claim.processingId);
    expect(await fixture.store.settle(claim.processingId, threshold)).toMatchObject({ status, counts: { failed: 4, succeeded: 6 } });
    expect(await fixture.store.settle(claim.processingId, threshold)).toBeNull();
    expect(await fixture.job(claim.processingId)).toMatchObject({ status, comments: expect.stringContaining('4 ') });
  });
});
