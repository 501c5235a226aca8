import fc from 'fast-check';
import { subtreeRanges } from '../../src/contracts/key-range.js';
import type { RootMap } from '../../src/contracts/key-space.js';
import { SqlKeySpaceStore } from '../../src/repository/key-spaces/key-space.store.js';
import { SqlAssetRecordStore } from '../../src/repository/records/asset-record.store.js';
import { SqlReferenceGraph } from '../../src/repository/references/reference-graph.store.js';
import type { Database } from '../../src/repository/unit-of-work/database.js';
import { DATABASES, TestDatabase } from '../support/databases.js';
import { recordOf, referenceTo } from '../support/record-data.js';

/** `[a, b]`: map a includes map b. */
type Inclusion = [from: number, to: number];

describe.each(DATABASES)('root maps on %s', (databaseName) => {
  let testDatabase: TestDatabase;
  let database: Database;
  let graph: SqlReferenceGraph;
  let records: SqlAssetRecordStore;
  let store: SqlKeySpaceStore;
  let root: string;
  let roots = 0;

  beforeAll(async () => {
    testDatabase = await TestDatabase.create(databaseName);
    database = await testDatabase.open();
    graph = new SqlReferenceGraph(database);
    records = new SqlAssetRecordStore(database);
    store = new SqlKeySpaceStore(database);
  });
  afterAll(() => testDatabase.drop());

  const pathOf = (map: number): string => `${root}/${String(map).padStart(6, '0')}.ditamap`;
  const inclusion = (to: number, change: Parameters<typeof referenceTo>[1] = {}) => referenceTo(pathOf(to), { kind: 'mapref', scope: 'local', status: 'ok', ...change });

  /** Ids of `count` new maps in a folder of their own. */
  async function maps(count: number, inclusions: readonly Inclusion[]): Promise<number[]> {
    root = `/content/dam/r${++roots}`;
    const first = await records.reserveIds(count);
    const ids = Array.from({ length: count }, (_, i) => first + i);
    await database.run(async (tx) => {
      await records.save(ids.map((id, i) => recordOf(id, pathOf(i), { facts: { fileType: 'DITAMAP' } })), tx);
      const refs = ids.map((_, i) => inclusions.filter(([from]) => from === i).map(([, to]) => inclusion(to)));
      await graph.replace(ids.map((sourceId, i) => ({ sourceId, refs: refs[i] ?? [] })), tx);
    });
    return ids;
  }

  /** Numbers of the root maps below `path`, read `limit` at a time. */
  async function rootMaps(limit = 100, path = root): Promise<number[]> {
    const found: RootMap[] = [];
    for (const range of subtreeRanges(path)) {
      for (let after: string | null = null; ; ) {
        const page: RootMap[] = await store.rootMaps(range, after, limit);
        found.push(...page);
        if (page.length < limit) break;
        after = page.at(-1)?.path ?? null;
      }
    }
    return found.map(({ path: foundPath }) => Number(foundPath.slice(root.length + 1, -'.ditamap'.length)));
  }

  it('are those that nobody includes, and every map of a cycle that nobody else includes', async () => {
    // 0 -> 1 <-> 2; 3 <-> 4 -> 5 -> 6 <-> 7; 8 -> 8; 9 -> 10 -> 11 -> 9, 10 -> 12 -> 10
    await maps(14, [[0, 1], [1, 2], [2, 1], [3, 4], [4, 3], [4, 5], [5, 6], [6, 7], [7, 6], [8, 8], [9, 10], [10, 11], [11, 9], [10, 12], [12, 10]]);
    expect(await rootMaps()).toEqual([0, 3, 4, 8, 9, 10, 11, 12, 13]);
    expect(await rootMaps(100, pathOf(3))).toEqual([3]);
    expect(await rootMaps(100, pathOf(2))).toEqual([]);
  });

  it('follow inclusions that resolved maps make: not peers, broken ones and topics; by the GUID rule where it led', async () => {
    const [first = 0, second = 0, third = 0] = await maps(6, [[3, 4], [4, 3]]);
    await database.run(async (tx) => {
      const others = [inclusion(3, { scope: 'peer' }), inclusion(3, { status: 'missing-fragment' }), inclusion(3, { kind: 'xref' })];
      await graph.replace([{ sourceId: first, refs: others }, { sourceId: second, refs: [referenceTo(`${root}/GUID-x`, { kind: 'mapref', scope: 'local' })] }], tx);
      await graph.settle(second, second, [{ sourceId: second, ordinal: 0, status: 'ok', resolvedTarget: pathOf(2) }], tx);
      await graph.replace([{ sourceId: third, refs: [inclusion(1)] }], tx);
    });
    expect(await rootMaps()).toEqual([0, 1, 2, 3, 4, 5]);
    const topic = await records.reserveIds(1);
    await database.run(async (tx) => {
      await records.save([recordOf(topic, `${root}/t.dita`)], tx);
      await graph.replace([{ sourceId: topic, refs: [inclusion(3)] }], tx);
    });
    expect(await rootMaps()).toEqual([0, 1, 2, 3, 4, 5]);
    await database.run((tx) => graph.replace([{ sourceId: first, refs: [inclusion(4), inclusion(1)] }], tx));
    expect(await rootMaps()).toEqual([0, 5]);
  });

  it('are as defined for any inclusions: all that include the map, directly or not, are included by it', async () => {
    const size = 9;
    const anyInclusions = fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 14 });
    await fc.assert(
      fc.asyncProperty(anyInclusions, fc.integer({ min: 1, max: 4 }), async (inclusions, limit) => {
        await maps(size, inclusions);
        expect(await rootMaps(limit)).toEqual(byDefinition(size, inclusions));
      }),
      { numRuns: databaseName === 'SQLite' ? 150 : 50 },
    );
  });

  it('are found with few questions among thousands of maps, most of which are included', async () => {
    // A tree of five levels, and a cycle of two on top of many.
    const size = 3000;
    const tree = Array.from({ length: size - 3 }, (_, i): Inclusion => [Math.floor(i / 5), i + 1]);
    await maps(size, [...tree, [size - 2, size - 1], [size - 1, size - 2], ...Array.from({ length: 500 }, (_, i): Inclusion => [size - 1, i + 1])]);
    const query = jest.spyOn(database.reader, 'query');
    expect(await rootMaps()).toEqual([0, size - 2, size - 1]);
    expect(query.mock.calls.length).toBeLessThan(size / 20);
    query.mockRestore();
  });

  it('are all of a cycle of a thousand', async () => {
    const size = 1000;
    await maps(size, Array.from({ length: size }, (_, i): Inclusion => [i, (i + 1) % size]));
    expect(await rootMaps(300)).toHaveLength(size);
  });
});

function byDefinition(size: number, inclusions: readonly Inclusion[]): number[] {
  const includes = Array.from({ length: size }, () => new Set<number>());
  for (const [from, to] of inclusions) includes[from]?.add(to);
  const below = includes.map((direct) => {
    const reached = new Set(direct);
    for (const next of reached) for (const further of includes[next] ?? []) reached.add(further);
    return reached;
  });
  return below.map((_, map) => map).filter((map) => below.every((reached, other) => !reached.has(map) || below[map]?.has(other)));
}
