import { subtreeRanges, subtreeWithout } from '../../src/contracts/key-range.js';
import { SqlAssetRecordStore } from '../../src/repository/records/asset-record.store.js';
import type { Database } from '../../src/repository/unit-of-work/database.js';
import { isUniqueViolation } from '../../src/repository/unit-of-work/driver-errors.js';
import { DATABASES, TestDatabase } from '../support/databases.js';
import { byBytes } from '../support/provider-fixture.js';
import { recordOf } from '../support/record-data.js';

describe.each(DATABASES)('records of assets on %s', (databaseName) => {
  let testDatabase: TestDatabase;
  let database: Database;
  let store: SqlAssetRecordStore;
  let other: SqlAssetRecordStore;
  let root: string;
  let roots = 0;

  beforeAll(async () => {
    testDatabase = await TestDatabase.create(databaseName);
    database = await testDatabase.open();
    store = new SqlAssetRecordStore(database);
    other = new SqlAssetRecordStore(await testDatabase.open());
  });
  afterAll(() => testDatabase.drop());
  beforeEach(() => {
    root = `/content/dam/r${++roots}`;
  });

  const save = (...records: ReturnType<typeof recordOf>[]) => database.run((tx) => store.save(records, tx));

  /** Whether saving these is refused by a unique key, and that nothing of them is kept. */
  async function expectRefused(...records: ReturnType<typeof recordOf>[]): Promise<void> {
    const before = await store.page({ from: '/', fromInclusive: true, to: '0', toInclusive: false }, null, 10_000);
    const error: unknown = await save(...records).then(() => null, (reason: unknown) => reason);
    expect(isUniqueViolation(error)).toBe(true);
    expect(await store.page({ from: '/', fromInclusive: true, to: '0', toInclusive: false }, null, 10_000)).toEqual(before);
  }

  async function ids(count: number): Promise<number[]> {
    const first = await store.reserveIds(count);
    return Array.from({ length: count }, (_, i) => first + i);
  }

  it('are kept whole and read back in the order of their paths, page by page', async () => {
    const names = ['b', 'a', 'A', '\u{1f600}', '\ufffd', 'a/x', 'a-x', 'e\u0301', '\u00e9', "'%_\\"];
    const own = await ids(names.length);
    const facts = { title: `"T" \u{1f600} '`, topicIds: ['t'], elementIds: ['t/e'], error: { code: 'ENCODING' as const, line: 3, column: null, message: 'no' } };
    const records = names.map((name, i) => recordOf(own[i] ?? 0, `${root}/${name}`, { facts, outcome: i === 0 ? 'FAILED' : 'SUCCESS', sizeBytes: 2 ** 40 }));
    await save(...records);
    const read = [];
    for (const range of subtreeRanges(root)) {
      for (let after: string | null = null; ; after = read.at(-1)?.path ?? null) {
        const page = await store.page(range, after, 3);
        read.push(...page);
        if (page.length < 3) break;
      }
    }
    const expected = [...records].sort((a, b) => byBytes(a.path, b.path)).map(({ anchorsHash: _, ...record }) => record);
    expect(read).toEqual(expected);
    const [, below] = subtreeWithout(`${root}/a`, []);
    if (below) expect((await store.page(below, null, 10)).map((record) => record.path)).toEqual([`${root}/a/x`]);
  });

  it('give ids that two instances never share', async () => {
    const firsts = await Promise.all(Array.from({ length: 30 }, (_, i) => (i % 2 === 0 ? store : other).reserveIds(1000 * (1 + (i % 15)))));
    const spans = firsts.map((first, i) => [first, first + 1000 * (1 + (i % 15))] as const).sort(([a], [b]) => a - b);
    for (const [i, [first]] of spans.entries()) expect(first).toBeGreaterThanOrEqual(spans[i - 1]?.[1] ?? 1);
  });

  it('are overwritten by the next run under the same id, and keep path and GUID', async () => {
    const [id = 0] = await ids(1);
    const path = `${root}/a`;
    await save(recordOf(id, path, { facts: { title: 'Old' } }));
    await save(recordOf(id, path, { uuid: 'GUID-new', sha256: 'b'.repeat(64), outcome: 'FAILED', anchorsHash: 'h2', pipelineVersion: '2', facts: { title: 'New', fileType: 'DITAMAP' } }));
    expect(await store.processedStates([path])).toEqual(
      new Map([[path, { id, uuid: `GUID-${id}`, sha256: 'b'.repeat(64), outcome: 'FAILED', pipelineVersion: '2', fileType: 'DITAMAP', anchorsHash: 'h2', processedAtMs: expect.any(Number) as number }]]),
    );
  });

  it('have a GUID that no other record can have', async () => {
    const [first = 0, second = 0, third = 0] = await ids(3);
    await save(recordOf(first, `${root}/a`, { facts: { title: 'Mine' } }));
    await expectRefused(recordOf(second, `${root}/b`), recordOf(third, `${root}/c`, { uuid: `GUID-${first}` }));
  });

  it('have a path that no other record can have', async () => {
    const [first = 0, second = 0] = await ids(2);
    await save(recordOf(first, `${root}/a`, { facts: { title: 'Mine' } }));
    await expectRefused(recordOf(second, `${root}/a`, { facts: { title: 'Not mine' } }));
  });

  it('let one of many win that give the same GUID at the same moment on two paths', async () => {
    const own = await ids(10);
    const saves = own.map((id, i) => database.run((tx) => (i % 2 === 0 ? store : other).save([recordOf(id, `${root}/${i}`, { uuid: `GUID-same-${root}` })], tx)));
    const results = await Promise.allSettled(saves);
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    expect(await store.pathsByGuid([`GUID-same-${root}`])).toEqual(new Map([[`GUID-same-${root}`, [expect.stringContaining(root)]]]));
  });

  it('tell what stands at paths as references see it, committed or in the same transaction', async () => {
    const [id = 0] = await ids(1);
    const path = `${root}/t.dita`;
    const facts = { wellFormed: true, rootId: 't', topicIds: ['t', 'u'], elementIds: ['t/e'] };
    await database.run(async (tx) => {
      await store.save([recordOf(id, path, { facts })], tx);
      expect((await store.targets([path], tx)).size).toBe(1);
      expect((await store.processedStates([path], tx)).size).toBe(1);
      expect((await store.targets([path])).size).toBe(0);
      expect((await store.processedStates([path])).size).toBe(0);
    });
    expect(await store.targets([path, `${root}/T.dita`])).toEqual(new Map([[path, { path, fileType: 'DITATOPIC', ...facts }]]));
  });

  it('are found by file names that are GUIDs, smallest path first, and by their own GUID before those', async () => {
    const own = await ids(5);
    const stem = `GUID-stem-${roots}`;
    const paths = [`${root}/z/${stem}.dita`, `${root}/a/${stem}.xml`, `${root}/B/${stem}.dita`, `${root}/a/x${stem}.dita`, `${root}/own.dita`];
    await save(...paths.map((path, i) => recordOf(own[i] ?? 0, path)));
    expect(await store.pathsByGuid([stem, 'GUID-unknown'])).toEqual(new Map([[stem, [paths[2], paths[1], paths[0]]]]));
    await database.run((tx) => tx.execute('UPDATE guides_asset_record SET uuid = ? WHERE path = ?', [stem, paths[4]]));
    expect(await store.pathsByGuid([stem])).toEqual(new Map([[stem, [paths[4]]]]));
  });

  it('go when they are removed, by exact path, and their GUID is free', async () => {
    const [first = 0, second = 0, third = 0] = await ids(3);
    await save(recordOf(first, `${root}/a`), recordOf(second, `${root}/a/b`));
    await database.run((tx) => store.remove([`${root}/a`, `${root}/A/b`], tx));
    expect([...(await store.processedStates([`${root}/a`, `${root}/a/b`])).keys()]).toEqual([`${root}/a/b`]);
    await save(recordOf(third, `${root}/c`, { uuid: `GUID-${first}` }));
  });

  it('answers for thousands of paths at once', async () => {
    const own = await ids(2500);
    await save(...own.map((id) => recordOf(id, `${root}/${id}`)));
    expect((await store.processedStates(own.map((id) => `${root}/${id}`))).size).toBe(2500);
    expect((await store.targets(own.map((id) => `${root}/${id}`))).size).toBe(2500);
    expect(await store.processedStates([])).toEqual(new Map());
  });
});
