import type { AssetRecord } from '../../src/contracts/asset-records.js';
import { subtreeRanges } from '../../src/contracts/key-range.js';
import { findingsOf } from '../support/findings-of.js';
import { Gate, holdFrom, intercept } from '../support/held-calls.js';
import { ImportedTree } from '../support/imported-tree.js';
import type { RunningService } from '../support/running-service.js';
import { type SampleFile, topicOf } from '../support/sample-tree.js';

const BATCH = 10;
const PATH = '/content/dam/t';

/** Ten folders of ten topics; each refers to the next one of its folder, and to the same one of the next folder. */
const FILES: SampleFile[] = Array.from({ length: 100 }, (_, i) => ({
  path: nameOf(i),
  content: topicOf(`Topic ${i}`, [`t${(i + 1) % 10}.dita`, `../${nameOf((i + 10) % 100)}`]),
  succeeds: true,
}));

describe('a folder that is moved', () => {
  const tree = new ImportedTree(PATH, FILES, { batchSize: BATCH, concurrency: 1 });

  it('while its batch waits to be committed is left out by that batch, and nothing of it is written under the old path', async () => {
    const { service, processingId, gate } = await heldJob('reserveIds', 4);
    expect(await service.move(`${PATH}/d3`, '/content/dam/out/d3')).toBe(10);
    gate.open();
    await tree.expectExact(service, processingId, { total: 90, failed: 0 });
    expect(await recordsBelow(service, `${PATH}/d3`)).toEqual([]);
    expect(await recordsBelow(service, '/content/dam/out')).toEqual([]);
    await tree.expectExact(service, await service.start('/content/dam/out', { filterProcessedAssets: true }), { total: 10, failed: 0 });
  });

  it('ahead of the job is processed where it then is; behind the job it is not', async () => {
    const { service, processingId, gate } = await heldJob('claimBatch', 5);
    await service.move(`${PATH}/d7`, `${PATH}/d8/t4-and-more`);
    await service.move(`${PATH}/d9`, `${PATH}/a-behind`);
    gate.open();
    await tree.expectExact(service, processingId, { total: 90, failed: 0 });
    expect(await recordsBelow(service, `${PATH}/d8/t4-and-more`)).toHaveLength(10);
    expect(await recordsBelow(service, `${PATH}/a-behind`)).toHaveLength(0);
  });

  it('after its batch was committed keeps its GUIDs and results, and the same job judges its references where it is', async () => {
    const { service, processingId, gate } = await heldJob('claimBatch', 5);
    const before = await recordsBelow(service, `${PATH}/d1`);
    await service.move(`${PATH}/d1`, `${PATH}/moved/d1`);
    gate.open();
    await tree.expectExact(service, processingId);
    const after = await recordsBelow(service, `${PATH}/moved/d1`);
    expect(after.map(({ id, uuid, facts }) => ({ id, uuid, facts }))).toEqual(before.map(({ id, uuid, facts }) => ({ id, uuid, facts })));
    expect(await referencesOf(service, `${PATH}/moved/d1/t0.dita`)).toEqual([
      { raw: 't1.dita', target: `${PATH}/moved/d1/t1.dita`, status: 'ok' },
      { raw: '../d2/t0.dita', target: `${PATH}/moved/d2/t0.dita`, status: 'missing-file' },
    ]);
    expect((await referencesOf(service, `${PATH}/d0/t0.dita`))[1]).toEqual({ raw: '../d1/t0.dita', target: `${PATH}/d1/t0.dita`, status: 'missing-file' });
  });

  it('and comes back while its batch waits is committed as if nothing had happened', async () => {
    const { service, processingId, gate } = await heldJob('reserveIds', 4);
    await service.move(`${PATH}/d3`, `${PATH}/elsewhere`);
    await service.move(`${PATH}/elsewhere`, `${PATH}/d3`);
    gate.open();
    await tree.expectExact(service, processingId);
  });

  it('and leaves its path to another one of the same versions makes the job read that one', async () => {
    const { service, processingId, gate } = await heldJob('reserveIds', 4);
    await service.move(`${PATH}/d3`, '/content/dam/out/d3');
    await service.move(`${PATH}/d9`, `${PATH}/d3`);
    gate.open();
    await tree.expectExact(service, processingId, { total: 90, failed: 0 });
    expect((await recordsBelow(service, `${PATH}/d3`)).map(({ facts }) => facts.title)).toEqual(Array.from({ length: 10 }, (_, i) => `Topic ${90 + i}`));
  });

  it('is read again by the next job, even by one that leaves unchanged assets alone', async () => {
    const service = await tree.open();
    await tree.expectExact(service, await service.start(PATH));
    const uuids = (await recordsBelow(service, `${PATH}/d4`)).map(({ uuid }) => uuid);
    await service.move(`${PATH}/d4`, `${PATH}/d4b`);
    await tree.expectExact(service, await service.start(PATH, { filterProcessedAssets: true }), { total: 10, failed: 0 });
    expect((await recordsBelow(service, `${PATH}/d4b`)).map(({ uuid }) => uuid)).toEqual(uuids);
    await tree.expectExact(service, await service.start(PATH, { filterProcessedAssets: true }), { total: 0, failed: 0 });
  });

  it('again and again while jobs run leaves every asset once, and each with its GUID', async () => {
    const service = await tree.open();
    await tree.expectExact(service, await service.start(PATH));
    const uuids = new Set((await recordsBelow(service, PATH)).map(({ uuid }) => uuid));
    for (let round = 0; round < 5; round++) {
      const job = await service.start(PATH);
      const [from, to] = round % 2 === 0 ? ['d5', 'e/d5'] : ['e/d5', 'd5'];
      await Promise.all([service.move(`${PATH}/${from}`, `${PATH}/${to}`), service.move(`${PATH}/d${round}/t0.dita`, `${PATH}/z-was-${round}.dita`)]);
      expect(await service.ended(job)).toMatchObject({ status: 'SUCCESS', counts: { failed: 0, skipped: 0 } });
    }
    await tree.expectExact(service, await service.start(PATH));
    const records = await recordsBelow(service, PATH);
    expect(records).toHaveLength(100);
    expect(new Set(records.map(({ uuid }) => uuid))).toEqual(uuids);
  });

  /** A job whose `nth` batch, counted from 1, is held up where it is about to be claimed or to be committed. */
  async function heldJob(place: 'claimBatch' | 'reserveIds', nth: number): Promise<{ service: RunningService; processingId: string; gate: Gate }> {
    const gate = new Gate();
    const service = await tree.open((opened) => {
      if (place === 'claimBatch') intercept(opened.jobs, 'claimBatch', holdFrom(nth, gate));
      else intercept(opened.records, 'reserveIds', holdFrom(nth, gate));
    });
    const processingId = await service.start(PATH);
    await gate.reached;
    await service.jobWhen(processingId, ({ calculationStatus }) => calculationStatus === 'SUCCESS');
    return { service, processingId, gate };
  }
});

function nameOf(i: number): string {
  return `d${Math.floor(i / 10)}/t${i % 10}.dita`;
}

async function recordsBelow(service: RunningService, path: string): Promise<AssetRecord[]> {
  const pages = await Promise.all(subtreeRanges(path).map((range) => service.records.page(range, null, 1000)));
  return pages.flat();
}

async function referencesOf(service: RunningService, path: string) {
  const { references } = await findingsOf(service).references(path, 'outgoing', null, 100);
  return references.filter(({ raw }) => raw.endsWith('.dita')).map(({ raw, target, status }) => ({ raw, target, status }));
}
