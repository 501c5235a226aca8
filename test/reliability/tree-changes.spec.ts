import { Gate, holdFrom, intercept } from '../support/held-calls.js';
import { ImportedTree } from '../support/imported-tree.js';
import type { RunningService } from '../support/running-service.js';
import { type SampleFile, topicOf } from '../support/sample-tree.js';

const BATCH = 10;
const PATH = '/content/dam/t';

/** Topics whose names leave room between them; each refers to the next one. */
const FILES: SampleFile[] = Array.from({ length: 100 }, (_, i) => ({
  path: `topic-${pad(i)}.dita`,
  content: topicOf(`Topic ${i}`, [`topic-${pad((i + 1) % 100)}.dita`]),
  succeeds: true,
}));

describe('what a job is about', () => {
  const tree = new ImportedTree(PATH, FILES, { batchSize: BATCH, concurrency: 1 });

  it('a folder without assets ends as SUCCESS with 0', async () => {
    const service = await tree.open();
    const passing = '/content/dam/empty/passing.dita';
    await service.put(passing, topicOf('Passing'));
    await service.remove(passing);
    const processingId = await service.start('/content/dam/empty');
    await tree.expectExact(service, processingId, { total: 0, failed: 0 });
    expect(await service.job(processingId)).toMatchObject({ calculationStatus: 'SUCCESS', comments: '' });
    expect((await service.log(processingId)).at(-1)).toContain('Job finished: 0 succeeded, 0 failed, 0 skipped, 0 in all');
  });

  it('the path of one asset is a job about it alone', async () => {
    const service = await tree.open();
    await service.put(`${pathOf(7)}x`, topicOf('Its name begins the same way'));
    const processingId = await service.start(pathOf(7));
    await tree.expectExact(service, processingId, { total: 1, failed: 0 });
    expect([...(await service.verdicts(processingId)).keys()]).toEqual([pathOf(7)]);
  });

  it('a path where nothing stands is refused', async () => {
    const service = await tree.open();
    await expect(service.start('/content/dam/nowhere')).rejects.toThrow('does not exist');
    expect(await service.api.history(10)).toEqual([]);
  });

  it('assets added and removed in a batch that has not run yet are counted in and out', async () => {
    const gate = new Gate();
    const { service, processingId } = await heldJob('claimBatch', 5, gate);
    expect((await service.job(processingId)).counts.total).toBe(100);
    // Before the batches in work, inside those to come (a whole batch, single ones), and after the end.
    await service.remove(pathOf(2));
    for (let i = 50; i < 60; i++) await service.remove(pathOf(i));
    await service.remove(pathOf(75));
    const added = ['topic-005-late.dita', 'topic-082-late.dita', 'topic-083-late.dita'].map((name) => `${PATH}/${name}`);
    for (const path of [...added, `${PATH}/zzz-after-the-end.dita`]) await service.put(path, topicOf('Late'));
    gate.open();
    // 100 planned, less 11 that were gone when their batches ran, and 2 more; what the walk had passed stays out.
    await tree.expectExact(service, processingId, { total: 91, failed: 0 });
    const paths = [...(await service.verdicts(processingId)).keys()];
    expect(added.map((path) => paths.includes(path))).toEqual([false, true, true]);
    expect(paths).toContain(pathOf(2));
    expect(paths).not.toContain(pathOf(55));

    const rest = await service.start(PATH, { filterProcessedAssets: true });
    await tree.expectExact(service, rest, { total: 2, failed: 0 });
  });

  it('a batch that has grown far beyond its size is split, and every asset is done once', async () => {
    const gate = new Gate();
    const { service, processingId } = await heldJob('claimBatch', 5, gate);
    for (let i = 0; i < 3 * BATCH; i++) await service.put(`${PATH}/topic-075-${pad(i)}.dita`, topicOf(`Late ${i}`));
    gate.open();
    await tree.expectExact(service, processingId, { total: 100 + 3 * BATCH, failed: 0 });
    const [row] = await service.database.reader.query<{ most: number }>('SELECT MAX(succeeded) AS most FROM guides_job_batch WHERE step = 0');
    expect(row?.most).toBeLessThanOrEqual(2 * BATCH);
  });

  it('an asset that is moved and one that is renamed are where they are in the end, and references follow', async () => {
    const gate = new Gate();
    const { service, processingId } = await heldJob('claimBatch', 5, gate);
    await move(service, pathOf(70), `${PATH}/topic-095-was-070.dita`);
    await move(service, pathOf(84), `${PATH}/topic-084-renamed.dita`);
    gate.open();
    await tree.expectExact(service, processingId, { total: 100, failed: 0 });
    const states = await service.records.processedStates([pathOf(69), `${PATH}/topic-095-was-070.dita`, `${PATH}/topic-084-renamed.dita`]);
    expect(states.size).toBe(3);
    const referring = await service.graph.outgoing([...states.values()].map(({ id }) => id));
    const toNext = referring.get(states.get(pathOf(69))?.id ?? -1)?.find(({ raw }) => raw === 'topic-070.dita');
    expect(toNext).toMatchObject({ target: pathOf(70), status: 'missing-file' });
  });

  it('an asset changed while it is processed is processed again, and one removed meanwhile is not counted', async () => {
    const gate = new Gate();
    const { service, processingId } = await heldJob('reserveIds', 4, gate);
    await service.put(pathOf(33), topicOf('Changed under the job'));
    await service.remove(pathOf(36));
    gate.open();
    await tree.expectExact(service, processingId, { total: 99, failed: 0 });
    expect(await titleOf(service, 33)).toBe('Changed under the job');
    expect((await service.records.processedStates([pathOf(36)])).size).toBe(0);
  });

  it('an asset that changes whenever it is processed is left for the next run, and the job ends', async () => {
    const service = await tree.open((opened) => {
      let edits = 0;
      intercept(opened.pipeline, 'run', async (go, assets) => {
        const results = await go();
        if (assets.some(({ path }) => path === pathOf(33))) await opened.put(pathOf(33), topicOf(`Edit ${++edits}`));
        return results;
      });
    });
    const processingId = await service.start(PATH);
    expect(await service.ended(processingId)).toMatchObject({ status: 'SUCCESS', counts: { total: 100, succeeded: 99, failed: 0, skipped: 1 } });
    expect((await service.verdicts(processingId)).get(pathOf(33))).toBe('SKIPPED');
  });

  it('with filterProcessedAssets only what changed, came or failed since the last run is processed', async () => {
    const service = await tree.open();
    await service.put(`${PATH}/broken.dita`, '<topic');
    await tree.expectExact(service, await service.start(PATH), { total: 101, failed: 1 });
    await service.put(pathOf(41), topicOf('Changed between two runs'));
    await service.put(pathOf(42), FILES[42]?.content ?? '');
    await service.put(`${PATH}/new.dita`, topicOf('New'));
    const second = await service.start(PATH, { filterProcessedAssets: true });
    await tree.expectExact(service, second, { total: 3, failed: 1 });
    expect([...(await service.verdicts(second)).keys()].sort()).toEqual([`${PATH}/broken.dita`, `${PATH}/new.dita`, pathOf(41)]);
    expect(await titleOf(service, 41)).toBe('Changed between two runs');

    await service.remove(`${PATH}/broken.dita`);
    await tree.expectExact(service, await service.start(PATH, { filterProcessedAssets: true }), { total: 0, failed: 0 });
  });

  it('an asset that was removed and brought in again is new, even if its bytes are those that were processed', async () => {
    const service = await tree.open();
    await tree.expectExact(service, await service.start(PATH));
    await service.remove(pathOf(5));
    await service.put(pathOf(5), FILES[5]?.content ?? '');
    const again = await service.start(PATH, { filterProcessedAssets: true });
    await tree.expectExact(service, again, { total: 1, failed: 0 });
    expect([...(await service.verdicts(again)).keys()]).toEqual([pathOf(5)]);
    await tree.expectExact(service, await service.start(PATH, { filterProcessedAssets: true }), { total: 0, failed: 0 });
  });

  it('an asset that is removed before it was ever processed breaks the references to it, even in a run for what is new', async () => {
    const service = await tree.open();
    const late = '/content/dam/late.dita';
    await service.put(late, topicOf('Late'));
    await service.put(pathOf(5), topicOf('Refers to it', ['../late.dita', '../never.dita']));
    await tree.expectExact(service, await service.start(PATH));
    const statuses = async (): Promise<unknown[]> => {
      const id = (await service.records.processedStates([pathOf(5)])).get(pathOf(5))?.id ?? -1;
      return ((await service.graph.outgoing([id])).get(id) ?? []).filter(({ kind }) => kind === 'link').map(({ status }) => status);
    };
    expect(await statuses()).toEqual(['ok', 'missing-file']);
    await service.remove(late);
    await tree.expectExact(service, await service.start('/content/dam', { filterProcessedAssets: true }), { total: 0, failed: 0 });
    expect(await statuses()).toEqual(['missing-file', 'missing-file']);
  });

  /** A job whose `nth` batch, counted from 1, is held up where it is about to be claimed or to be committed. */
  async function heldJob(place: 'claimBatch' | 'reserveIds', nth: number, gate: Gate): Promise<{ service: RunningService; processingId: string }> {
    const service = await tree.open((opened) => {
      if (place === 'claimBatch') intercept(opened.jobs, 'claimBatch', holdFrom(nth, gate));
      else intercept(opened.records, 'reserveIds', holdFrom(nth, gate));
    });
    const processingId = await service.start(PATH);
    await gate.reached;
    await service.jobWhen(processingId, ({ calculationStatus }) => calculationStatus === 'SUCCESS');
    return { service, processingId };
  }
});

function pad(i: number): string {
  return String(i).padStart(3, '0');
}

function pathOf(i: number): string {
  return `${PATH}/topic-${pad(i)}.dita`;
}

async function move(service: RunningService, from: string, to: string): Promise<void> {
  await service.put(to, topicOf('Moved'));
  await service.remove(from);
}

async function titleOf(service: RunningService, i: number): Promise<string | null | undefined> {
  const [record] = await service.records.page({ from: pathOf(i), fromInclusive: true, to: pathOf(i), toInclusive: true }, null, 1);
  return record?.facts.title;
}
