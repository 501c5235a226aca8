import type { QueryRunner } from 'typeorm';
import { Gate, holdFrom, intercept } from '../support/held-calls.js';
import { ImportedTree } from '../support/imported-tree.js';
import type { RunningService } from '../support/running-service.js';
import { sampleTree } from '../support/sample-tree.js';

const PATH = '/content/dam/t';

describe('work that changes hands', () => {
  // A lease that no heartbeat prolongs during the test: it ends when the test says so.
  const tree = new ImportedTree(PATH, sampleTree(200), { batchSize: 20, concurrency: 1, leaseMs: 3_600_000 });

  it('an instance that stood still past its lease commits nothing after another has taken its batch', async () => {
    const gate = new Gate();
    const frozen = await tree.open((opened) => intercept(opened.records, 'reserveIds', holdFrom(4, gate)));
    const processingId = await frozen.start(PATH);
    await gate.reached;
    const before = await frozen.job(processingId);
    const other = await tree.open();
    await endLeases(other);
    await tree.expectExact(other, processingId);
    const [done, log] = [await other.job(processingId), await other.log(processingId)];

    // It wakes in the middle of its batch.
    gate.open();
    await tree.close(frozen);
    expect(await other.job(processingId)).toEqual(done);
    expect(await other.log(processingId)).toEqual(log);
    expect(before.counts.succeeded + before.counts.failed).toBe(3 * 20);
  });

  it('an instance that stood still while it planned plans nothing after another has taken over', async () => {
    const gate = new Gate();
    const frozen = await tree.open((opened) => intercept(opened.jobs, 'savePlan', holdFrom(1, gate)));
    const processingId = await frozen.start(PATH);
    await gate.reached;
    const other = await tree.open();
    await endLeases(other);
    await tree.expectExact(other, processingId);
    const batches = await batchCount(other);
    gate.open();
    await tree.close(frozen);
    expect(await batchCount(other)).toBe(batches);
  });

  it('two instances share a job: each asset is done once', async () => {
    const instances = [await tree.open(), await tree.open()];
    const [first] = instances;
    const processingId = (await first?.start(PATH)) ?? '';
    for (const instance of instances) await tree.expectExact(instance, processingId);
  });

  it('a batch that is offered many times is done once', async () => {
    const service = await tree.open((opened) =>
      intercept(opened.jobs, 'dueBatches', async (go) => {
        const due = await go();
        return [...due, ...due, ...due];
      }),
    );
    await tree.expectExact(service, await service.start(PATH));
  });

  it('nudges that are all lost cost time only: the sweep finds the work', async () => {
    const service = await tree.open((opened) => {
      // What planning offers never arrives.
      intercept(opened.jobs, 'savePlan', (go) => go().then(() => []));
    });
    await tree.expectExact(service, await service.start(PATH));
  });

  it.each([
    ['after it was done: it is read again, and not repeated', true],
    ['before it was done: the batch is done again', false],
  ])('a connection lost at COMMIT %s', async (_, isDone) => {
    let lost = 0;
    let commitsOfBatch2 = 0;
    const service = await tree.open((opened) => {
      let isBatch2 = false;
      intercept(opened.jobs, 'commitBatch', async (go, { step, number }) => {
        await go();
        isBatch2 = step === 'process' && number === 2;
        if (isBatch2) commitsOfBatch2++;
      });
      onCommit(opened, async (commit) => {
        if (!isBatch2 || lost > 0) return commit();
        lost++;
        if (isDone) await commit();
        throw Object.assign(new Error('the connection was reset'), { code: 'ECONNRESET' });
      });
    });
    await tree.expectExact(service, await service.start(PATH));
    expect({ lost, commitsOfBatch2 }).toEqual({ lost: 1, commitsOfBatch2: isDone ? 1 : 2 });
  });
});

/** As if their time had come. */
async function endLeases(service: RunningService): Promise<void> {
  await service.database.run(async (tx) => {
    await tx.execute('UPDATE guides_job_batch SET lease_until = 0 WHERE lease_owner IS NOT NULL');
    await tx.execute('UPDATE guides_job_step SET lease_until = 0 WHERE lease_owner IS NOT NULL');
  });
}

async function batchCount(service: RunningService): Promise<number> {
  const [row] = await service.database.reader.query<{ n: number }>('SELECT COUNT(*) AS n FROM guides_job_batch');
  return row?.n ?? 0;
}

function onCommit({ database }: RunningService, around: (commit: () => Promise<unknown>) => Promise<unknown>): void {
  // SQLite has one runner for ever.
  const seen = new WeakSet<QueryRunner>();
  intercept(database.writeSource, 'createQueryRunner', (create) => {
    const runner: QueryRunner = create();
    if (seen.has(runner)) return runner;
    seen.add(runner);
    const query = runner.query.bind(runner) as (sql: string, ...rest: unknown[]) => Promise<unknown>;
    const intercepted = (sql: string, ...rest: unknown[]): Promise<unknown> =>
      sql === 'COMMIT' ? around(() => query(sql)) : query(sql, ...rest);
    runner.query = intercepted as QueryRunner['query'];
    return runner;
  });
}
