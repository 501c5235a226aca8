import { DATABASES } from '../support/databases.js';
import { JobFixture } from '../support/job-fixture.js';

const TABLES = ['guides_job', 'guides_job_step', 'guides_job_progress', 'guides_job_batch', 'guides_job_log', 'guides_job_failure'];
const FUTURE_MS = 2 ** 45;

describe.each(DATABASES)('retention on %s', (databaseName) => {
  let fixture: JobFixture;

  beforeEach(async () => {
    fixture = await JobFixture.open(databaseName);
  });
  afterEach(() => fixture.close());

  /** A finished job that looks `ageMs` old. */
  async function finished(createdAtMs: number): Promise<string> {
    const { processingId } = await fixture.create();
    await fixture.store.cancel(processingId, 'tester');
    await fixture.database.run((tx) => tx.execute('UPDATE guides_job SET created_at = ? WHERE processing_id = ?', [createdAtMs, processingId]));
    return processingId;
  }

  async function purgeAll(olderThanMs: number, keep: number): Promise<number> {
    let portions = 0;
    while (await fixture.store.purge(olderThanMs, keep)) portions++;
    return portions;
  }

  const left = async (): Promise<string[]> => (await fixture.store.history(100)).map((job) => job.processingId);

  it('deletes what is older, and keeps the newest jobs whatever their age', async () => {
    const ids: string[] = [];
    for (const createdAtMs of [1000, 2000, 3000, 4000, 5000]) ids.push(await finished(createdAtMs));
    const [, second, third, fourth, fifth] = ids;
    await purgeAll(2000, 0);
    expect(await left()).toEqual([fifth, fourth, third, second]);
    await purgeAll(FUTURE_MS, 3);
    expect(await left()).toEqual([fifth, fourth, third]);
    await purgeAll(FUTURE_MS, 0);
    expect(await left()).toEqual([]);
    expect(await purgeAll(FUTURE_MS, 0)).toBe(0);
  });

  it('never touches a job that is active, or that was resumed', async () => {
    const active = await fixture.planned(2);
    const resumed = await finished(1000);
    await fixture.store.resume(resumed, 'tester');
    await purgeAll(FUTURE_MS, 0);
    expect((await left()).sort()).toEqual([active.job.processingId, resumed].sort());
  });

  it('takes a large job in portions, and leaves no row of it in any table', async () => {
    const { job, ids } = await fixture.planned(1200);
    const [first] = ids;
    const failure = { path: '/a', fileType: 'OTHERS' as const, step: 's', error: 'e', line: null, column: null };
    if (first) await fixture.commit(await fixture.claim(first), { failures: Array.from({ length: 700 }, () => failure), lines: [{ level: 'INFO', text: 'x' }] });
    await fixture.store.cancel(job.processingId, 'tester');
    const neighbour = await finished(1000);
    const rows = async (id: string) => Promise.all(TABLES.map((table) => fixture.rowsOf(table, id)));
    const before = await rows(neighbour);
    await fixture.database.run((tx) => tx.execute('UPDATE guides_job SET created_at = 1 WHERE processing_id = ?', [job.processingId]));
    expect(await purgeAll(2, 0)).toBeGreaterThan(3);
    expect(await rows(job.processingId)).toEqual(TABLES.map(() => 0));
    expect(await rows(neighbour)).toEqual(before);
  });

  it('gives a tick of a schedule to one of many instances, and never an older one', async () => {
    const ask = (slotMs: number) => Promise.all(Array.from({ length: 20 }, (_, i) => fixture.storeOf(i).claimTick('nightly', slotMs)));
    for (const slotMs of [1000, 2000]) expect((await ask(slotMs)).filter(Boolean)).toHaveLength(1);
    expect((await ask(1500)).filter(Boolean)).toEqual([]);
    expect(await fixture.store.claimTick('hourly', 1500)).toBe(true);
  });
});
