import type { Reference, ReferenceStatus } from '../../src/contracts/asset.js';
import type { StoredReference, UnresolvedReference } from '../../src/contracts/asset-records.js';
import { SqlAssetRecordStore } from '../../src/repository/records/asset-record.store.js';
import { SqlReferenceGraph } from '../../src/repository/references/reference-graph.store.js';
import type { Tx } from '../../src/contracts/unit-of-work.js';
import type { Database } from '../../src/repository/unit-of-work/database.js';
import { signal } from '../support/barrier.js';
import { DATABASES, TestDatabase, untilSomebodyWaits } from '../support/databases.js';
import { recordOf, referenceTo } from '../support/record-data.js';

describe.each(DATABASES)('the reference graph on %s', (databaseName) => {
  let testDatabase: TestDatabase;
  let database: Database;
  let graph: SqlReferenceGraph;
  let records: SqlAssetRecordStore;
  let root: string;
  let roots = 0;

  beforeAll(async () => {
    testDatabase = await TestDatabase.create(databaseName);
    database = await testDatabase.open();
    graph = new SqlReferenceGraph(database);
    records = new SqlAssetRecordStore(database);
  });
  afterAll(() => testDatabase.drop());
  beforeEach(() => {
    root = `/content/dam/g${++roots}`;
  });

  /** Ids of records at `root/0`, `root/1` …, with these outgoing references. */
  async function sourcesWith(...references: Reference[][]): Promise<number[]> {
    const first = await records.reserveIds(references.length);
    const ids = references.map((_, i) => first + i);
    await database.run(async (tx) => {
      await records.save(ids.map((id, i) => recordOf(id, `${root}/${i}`)), tx);
      await graph.replace(ids.map((sourceId, i) => ({ sourceId, refs: references[i] ?? [] })), tx);
    });
    return ids;
  }

  async function unresolved(ids: readonly number[]): Promise<UnresolvedReference[]> {
    const found = await database.run((tx) => graph.unresolved(Math.min(...ids), Math.max(...ids), tx));
    return found.sort((a, b) => a.sourceId - b.sourceId || a.ordinal - b.ordinal);
  }

  /** Decides every open reference of these sources. */
  async function settle(ids: readonly number[], status: ReferenceStatus, resolvedTarget: string | null = null): Promise<void> {
    await database.run(async (tx) => {
      const open = await graph.unresolved(Math.min(...ids), Math.max(...ids), tx);
      const resolved = open.map(({ sourceId, ordinal }) => ({ sourceId, ordinal, status, resolvedTarget }));
      await graph.settle(Math.min(...ids), Math.max(...ids), resolved, tx);
    });
  }

  const changed = (...paths: string[]) => database.run((tx) => graph.targetsChanged(paths, tx));
  const queued = async (ids: readonly number[]) => (await graph.queuedSources(Math.min(...ids) - 1, 10_000)).filter((id) => ids.includes(id));
  const statusesOf = async (id: number) => (await graph.outgoing([id])).get(id)?.map((ref) => ref.status);

  it('gives back what goes out of each asset, in document order and in full', async () => {
    const full = referenceTo(`${root}/\u00e9 '%_\\ \u{1f600}.dita`, {
      kind: 'topicref',
      element: 'chapter',
      attribute: 'conref',
      raw: ' ../"a"\n#b ',
      scope: 'peer',
      format: 'dita',
      fragment: 't/\u{1f600}',
      status: 'ok',
      key: 'k.s',
      keyElement: 'e',
      defaulted: ['format', 'scope'],
      line: 70_000,
    });
    const many = Array.from({ length: 1200 }, (_, i) => referenceTo(i % 3 === 0 ? null : `${root}/${i}`, { line: i, status: 'external' }));
    const [first = 0, second = 0, third = 0] = await sourcesWith([full, referenceTo(null, { key: 'k', status: 'key' })], many, []);
    const outgoing = await graph.outgoing([third, second, first]);
    expect(outgoing.get(first)).toEqual([full, referenceTo(null, { key: 'k', status: 'key' })]);
    expect(outgoing.get(second)).toEqual(many);
    expect(outgoing.has(third)).toBe(false);
    expect(await graph.outgoing([])).toEqual(new Map());
  });

  it('replaces what went out before, of these sources alone', async () => {
    const [first = 0, second = 0] = await sourcesWith([referenceTo('/a'), referenceTo('/b')], [referenceTo('/c')]);
    await database.run((tx) => graph.replace([{ sourceId: first, refs: [referenceTo('/d')] }], tx));
    const outgoing = await graph.outgoing([first, second]);
    expect([outgoing.get(first), outgoing.get(second)].map((refs) => refs?.map((ref) => ref.target))).toEqual([['/d'], ['/c']]);
  });

  it('finds what comes in by exact path, page by page', async () => {
    const target = `${root}/target.dita`;
    const others = [`${root}/Target.dita`, `${target} `, `${root}/target.dit`, `${target}/x`].map((path) => referenceTo(path));
    const ids = await sourcesWith(...Array.from({ length: 7 }, (_, i) => [referenceTo(target, { line: 10 * i }), ...others, referenceTo(target, { line: 10 * i + 1 })]));
    const found: StoredReference[] = [];
    for (let after: { sourceId: number; ordinal: number } | null = null; ; ) {
      const page = await graph.incoming(target, after, 4);
      found.push(...page);
      if (page.length < 4) break;
      after = { sourceId: ids[Math.floor((found.length - 1) / 2)] ?? 0, ordinal: (found.length - 1) % 2 === 0 ? 0 : 5 };
    }
    expect(found.map(({ line }) => line)).toEqual(ids.flatMap((_, i) => [10 * i, 10 * i + 1]));
    expect(found.map(({ sourcePath }) => sourcePath)).toEqual(ids.flatMap((_, i) => [`${root}/${i}`, `${root}/${i}`]));
  });

  it('queues the sources with something to look up, and takes them off when it is settled', async () => {
    const [open = 0, decided = 0, mixed = 0] = await sourcesWith([referenceTo('/a')], [referenceTo('/a', { status: 'external' })], [referenceTo('/a', { status: 'empty' }), referenceTo('/b', { fragment: 'f' })]);
    const ids = [open, decided, mixed];
    expect(await queued(ids)).toEqual([open, mixed]);
    expect(await unresolved(ids)).toEqual([
      { sourceId: open, ordinal: 0, kind: 'xref', format: null, scope: null, target: '/a', fragment: null, fixedStatus: null },
      { sourceId: mixed, ordinal: 1, kind: 'xref', format: null, scope: null, target: '/b', fragment: 'f', fixedStatus: null },
    ]);
    await settle(ids, 'missing-file');
    expect(await queued(ids)).toEqual([]);
    expect(await statusesOf(mixed)).toEqual(['empty', 'missing-file']);
    expect(await unresolved(ids)).toEqual([]);
  });

  it('keeps what was found of each reference apart, however many of its kind there are', async () => {
    const fixed = ['external', 'copy-to', 'empty'] as const;
    const found = ['ok', 'missing-file', 'ok', 'ok', 'missing-fragment', 'ok'] as const;
    const real = `${root}/real.dita`;
    const ids = await sourcesWith(
      ...Array.from({ length: 300 }, () => [...fixed.map((status) => referenceTo('/a', { status })), ...found.map((_, i) => referenceTo(`/${i}`))]),
      [referenceTo(`${root}/GUID-1.dita`), referenceTo('/b')],
      [referenceTo('/c')],
    );
    // The last one is behind the range, and stays open and queued.
    const [first = 0, [last = 0, later = 0]] = [ids[0], ids.slice(-2)];
    await database.run(async (tx) => {
      const resolved = (await graph.unresolved(first, last, tx)).map(({ sourceId, ordinal }) =>
        sourceId === last && ordinal === 0
          ? { sourceId, ordinal, status: 'ok' as const, resolvedTarget: real }
          : { sourceId, ordinal, status: found[ordinal - fixed.length] ?? 'missing-file', resolvedTarget: null },
      );
      await graph.settle(first, last, resolved, tx);
    });
    for (const id of ids.slice(0, -2)) expect(await statusesOf(id)).toEqual([...fixed, ...found]);
    expect((await graph.outgoing([last])).get(last)).toMatchObject([{ status: 'ok', target: real }, { status: 'missing-file', target: '/b' }]);
    expect(await queued(ids)).toEqual([later]);
    expect(await statusesOf(later)).toEqual([null]);
  });

  it('names the places that references lead to, each once, and whether something was processed there', async () => {
    const paths = ['b', 'B', 'a', 'a.dita', 'a/b', '\u{1f600}', '\uffee', '1', '7'].map((name) => `${root}/${name}`);
    // root/0 … root/2 have records, and so has what is outside.
    const ids = await sourcesWith(paths.map((path) => referenceTo(path)), paths.map((path) => referenceTo(path, { status: 'ok' })), [referenceTo(`${root}x/1`), referenceTo(null)]);
    await settle(ids, 'missing-file');
    const range = { from: `${root}/`, fromInclusive: true, to: `${root}0`, toInclusive: false };
    const places: { path: string; hasRecord: boolean }[] = [];
    for (let page = await graph.places(range, null, 2); page.length > 0; page = await graph.places(range, page.at(-1)?.path ?? null, 2)) places.push(...page);
    const inByteOrder = [...paths].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(places).toEqual(inByteOrder.map((path) => ({ path, hasRecord: path === `${root}/1` })));
  });

  it('looks again at what points to a target that came, went or changed, and at nothing else', async () => {
    const target = `${root}/t.dita`;
    const fixed = (['external', 'key', 'keyed', 'copy-to', 'empty'] as const).map((status) => referenceTo(target, { status }));
    const [pointing = 0, elsewhere = 0, decided = 0] = await sourcesWith([referenceTo(target), referenceTo('/other')], [referenceTo(`${root}/T.dita`)], fixed);
    const ids = [pointing, elsewhere, decided];
    await settle(ids, 'missing-file');
    await changed(target, `${root}/nobody`);
    expect(await queued(ids)).toEqual([pointing]);
    expect(await statusesOf(pointing)).toEqual([null, 'missing-file']);
    expect(await statusesOf(decided)).toEqual(fixed.map((ref) => ref.status));
    await settle(ids, 'ok');
    expect(await statusesOf(pointing)).toEqual(['ok', 'missing-file']);
  });

  it('follows a GUID name to where it led, and looks again when that or a file of the same GUID changes', async () => {
    const named = `${root}/GUID-${root.slice(-2)}.dita`;
    const real = `${root}/real.dita`;
    const [id = 0] = await sourcesWith([referenceTo(named)]);
    await settle([id], 'ok', real);
    expect((await graph.outgoing([id])).get(id)).toMatchObject([{ target: real, status: 'ok' }]);
    expect(await graph.incoming(real, null, 10)).toMatchObject([{ sourcePath: `${root}/0`, target: real }]);
    expect(await graph.incoming(named, null, 10)).toEqual([]);
    for (const path of [real, `/content/dam/elsewhere/GUID-${root.slice(-2)}.xml`, named]) {
      await changed(path);
      expect(await queued([id])).toEqual([id]);
      expect((await graph.outgoing([id])).get(id)).toMatchObject([{ target: named, status: null }]);
      await settle([id], 'ok', real);
    }
    await changed(`${root}/GUID-${root.slice(-2)}x.dita`);
    expect(await queued([id])).toEqual([]);
  });

  it('looks up where a GUID name leads also where the status is fixed, and keeps that', async () => {
    const stem = `GUID-fixed-${root.slice(-2)}`;
    const named = `${root}/${stem}.dita`;
    const real = `${root}/elsewhere/${stem}.dita`;
    const [id = 0, other = 0] = await sourcesWith(
      [referenceTo(named, { status: 'copy-to' }), referenceTo(named, { status: 'keyed' })],
      [referenceTo('/a', { status: 'copy-to' }), referenceTo(named, { status: 'external' })],
    );
    expect(await queued([id, other])).toEqual([id]);
    const open = { sourceId: id, kind: 'xref', format: null, scope: null, target: named, fragment: null };
    expect(await unresolved([id, other])).toEqual([
      { ...open, ordinal: 0, fixedStatus: 'copy-to' },
      { ...open, ordinal: 1, fixedStatus: 'keyed' },
    ]);
    const lead = (resolvedTarget: string | null) =>
      database.run(async (tx) => {
        const looked = await graph.unresolved(id, id, tx);
        await graph.settle(id, id, looked.map(({ sourceId, ordinal, fixedStatus }) => ({ sourceId, ordinal, status: fixedStatus ?? 'ok', resolvedTarget })), tx);
      });
    const shown = async () => (await graph.outgoing([id])).get(id)?.map((ref) => `${ref.status} ${ref.target}`);
    await lead(real);
    expect(await shown()).toEqual([`copy-to ${real}`, `keyed ${real}`]);
    for (const path of [real, `/content/dam/${stem}.xml`, named]) {
      await changed(path);
      expect(await queued([id])).toEqual([id]);
      expect(await shown()).toEqual([`copy-to ${named}`, `keyed ${named}`]);
      await lead(real);
    }
    await changed('/a');
    expect(await queued([id, other])).toEqual([]);
  });

  it('forgets the references of removed sources in both directions', async () => {
    const target = `${root}/t`;
    const [first = 0, second = 0] = await sourcesWith([referenceTo(target)], [referenceTo(target)]);
    await database.run((tx) => graph.removeSources([first], tx));
    expect((await graph.outgoing([first, second])).has(first)).toBe(false);
    expect((await graph.incoming(target, null, 10)).map((ref) => ref.sourcePath)).toEqual([`${root}/1`]);
    await settle([first, second], 'ok');
    expect(await queued([first, second])).toEqual([]);
  });

  it('leaves nothing of a transaction that is rolled back', async () => {
    const target = `${root}/t`;
    const [id = 0] = await sourcesWith([referenceTo(target)]);
    await settle([id], 'ok');
    const undone = database.run(async (tx) => {
      await graph.targetsChanged([target], tx);
      await graph.replace([{ sourceId: id, refs: [referenceTo('/other')] }], tx);
      throw new Error('no');
    });
    await expect(undone).rejects.toThrow('no');
    expect((await graph.outgoing([id])).get(id)).toEqual([referenceTo(target, { status: 'ok' })]);
    expect(await queued([id])).toEqual([]);
  });

  it('lets no target change while statuses are decided: the change comes after, and reopens them', async () => {
    const target = `${root}/t`;
    const [id = 0] = await sourcesWith([referenceTo(target)]);
    const looking = signal();
    const order: string[] = [];
    const deciding = database.run(async (tx) => {
      await graph.unresolved(id, id, tx);
      looking.give();
      await untilSomebodyWaits(database);
      await graph.settle(id, id, [{ sourceId: id, ordinal: 0, status: 'missing-file', resolvedTarget: null }], tx);
      order.push('decided');
    });
    await looking.given;
    await Promise.all([deciding, changed(target).then(() => order.push('changed'))]);
    expect(order).toEqual(['decided', 'changed']);
    expect(await statusesOf(id)).toEqual([null]);
    expect(await queued([id])).toEqual([id]);
  });

  it('decides batches at the same time, whoever began first', async () => {
    const ids = await sourcesWith([referenceTo(`${root}/t`)], [referenceTo(`${root}/t`)]);
    const [first = 0, second = 0] = ids;
    const bothLooked = signal();
    const decide = (id: number, meanwhile: () => Promise<unknown>) =>
      database.run(async (tx) => {
        await graph.unresolved(id, id, tx);
        await meanwhile();
        await graph.settle(id, id, [{ sourceId: id, ordinal: 0, status: 'ok', resolvedTarget: null }], tx);
      });
    // On SQLite one writer is all there is: there the second begins when the first has ended.
    const other = database.dialect.isSqlite ? async () => undefined : () => bothLooked.given;
    await Promise.all([decide(first, other), decide(second, async () => bothLooked.give())]);
    expect(await Promise.all(ids.map(statusesOf))).toEqual([['ok'], ['ok']]);
    expect(await queued(ids)).toEqual([]);
  });

  it('reopens thousands of references to thousands of targets', async () => {
    const paths = Array.from({ length: 1500 }, (_, i) => `${root}/t${i}`);
    const ids = await sourcesWith(...Array.from({ length: 30 }, (_, i) => paths.slice(i * 50, i * 50 + 50).map((path) => referenceTo(path))));
    await settle(ids, 'ok');
    await changed(...paths);
    expect(await queued(ids)).toEqual(ids);
    expect(await unresolved(ids)).toHaveLength(1500);
  });
});

describe('the reference graph on a server', () => {
  it('reads what points to a target and not what was settled elsewhere, whatever the statistics say', async () => {
    const testDatabase = await TestDatabase.create('MariaDB');
    try {
      const database = await testDatabase.open();
      const graph = new SqlReferenceGraph(database);
      const reads = async (tx: Tx): Promise<number> => {
        const rows = await tx.query<{ Value: string }>("SHOW SESSION STATUS LIKE 'Handler_read%'");
        return rows.reduce((sum, { Value }) => sum + Number(Value), 0);
      };
      const targets = (begin: number) => Array.from({ length: 250 }, (_, i) => `/content/dam/t${begin + i}`);
      for (let begin = 0; begin < 20_000; begin += 250) {
        const refs = targets(begin).map((path) => referenceTo(path, { status: 'ok' }));
        await database.run((tx) => graph.replace([{ sourceId: begin + 1, refs }], tx));
      }
      await database.reader.query('ANALYZE TABLE guides_asset_reference');
      const read = await database.run(async (tx) => {
        const before = await reads(tx);
        await graph.targetsChanged(targets(100_000), tx);
        return (await reads(tx)) - before;
      });
      expect(read).toBeLessThan(2000);
    } finally {
      await testDatabase.drop();
    }
  });
});
