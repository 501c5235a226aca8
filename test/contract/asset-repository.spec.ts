import { InvalidRequestError } from '../../src/contracts/errors.js';
import { subtreeRanges, subtreeWithout } from '../../src/contracts/key-range.js';
import { byBytes, ProviderFixture, PROVIDERS_ON_DATABASES } from '../support/provider-fixture.js';

/** Names that a collation, a LIKE, a padding comparison or a badly quoted statement would mix up. */
const NAMES = [
  'a', 'A', 'a ', 'a  ', ' a', 'ab', 'a-b', 'a.b', 'a0', 'a_b', 'a%b', 'axb', '%', '_', '*', '?', '??', ':name', '$1', '#', ';--',
  "'", "''", '"', '`', '\\', "\\'", '\\n', "'; DROP TABLE guides_asset; --", '${x}', '{"a":1}',
  '\u00e9', 'e\u0301', '\u00c9', 'ss', '\u00df', '\u0131', 'i', 'I', '\uff41', '\u200b', 'a\u200b', '\ufffd', '\u{1f600}', '\u{10ffff}', '\ue000', '~',
];

describe.each(PROVIDERS_ON_DATABASES)('the %s provider on %s', (provider, databaseName) => {
  let fixture: ProviderFixture;
  let root: string;

  beforeAll(async () => {
    fixture = await ProviderFixture.open(provider, databaseName);
  });
  afterAll(() => fixture.close());
  beforeEach(() => {
    root = fixture.newRoot();
  });

  it('says of each asset whether it was created, updated or left alone', async () => {
    const [a, b] = [`${root}/a.dita`, `${root}/b.dita`];
    expect(await fixture.put({ [a]: '1', [b]: '1' })).toEqual(['created', 'created']);
    expect(await fixture.put({ [a]: '2', [`${root}/c.dita`]: '3', [b]: '1' })).toEqual(['updated', 'created', 'unchanged']);
    expect(await fixture.ref(a)).toMatchObject({ version: 2, sizeBytes: 1, sha256: expect.stringMatching(/^d4735e3a/) });
    expect(await fixture.ref(b)).toMatchObject({ version: 1 });
  });

  it('keeps names apart and in the order of their bytes', async () => {
    const paths = NAMES.map((name) => `${root}/${name}`);
    await fixture.put(paths);
    const refs = await fixture.walk(subtreeRanges(root), 7);
    expect(refs.map((ref) => ref.path)).toEqual([...paths].sort(byBytes));
    expect((await fixture.repository.load(refs, 1000)).map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(refs.map((ref) => ref.path));
    expect(await fixture.repository.existing([...paths, `${root}/B`, `${root}/a   `])).toEqual(new Set(paths));
  });

  it.each(NAMES)('finds %j below a folder of that name, and nothing else', async (name) => {
    const folder = `${root}/${name}`;
    await fixture.put([`${folder}/x`, `${folder}/y/z`, ...NAMES.filter((other) => other !== name).map((other) => `${root}/${other}`)]);
    expect(await fixture.pathsBelow(folder)).toEqual([`${folder}/x`, `${folder}/y/z`]);
    expect(await fixture.repository.kindOf(folder)).toBe('folder');
  });

  it('takes into a subtree the path itself and what lies below it, not its neighbours', async () => {
    const paths = ['a/x', 'a/b/c', 'a/~', 'ab', 'a-b', 'a.b', 'a b', 'a0', 'A/x', 'aa/x'].map((name) => `${root}/${name}`);
    await fixture.put(paths);
    expect(await fixture.pathsBelow(`${root}/a`)).toEqual([`${root}/a/b/c`, `${root}/a/x`, `${root}/a/~`]);
    expect(await fixture.pathsBelow(`${root}/ab`)).toEqual([`${root}/ab`]);
    expect(await fixture.pathsBelow(`${root}/nothing`)).toEqual([]);
    expect(await fixture.pathsBelow(`${root}/a`, [`${root}/a/b`])).toEqual([`${root}/a/x`, `${root}/a/~`]);
  });

  it('gives the same assets by pages of any size, with exclusions, as in one piece', async () => {
    const paths = Array.from({ length: 120 }, (_, i) => `${root}/d${i % 5}/t${i % 12}/${i}.dita`);
    await fixture.put(paths);
    const excluded = [`${root}/d1`, `${root}/d3/t3`, `${root}/d3/t3/3.dita`, `${root}/d0/t0/0.dita`];
    const kept = paths.filter((path) => !excluded.some((out) => path === out || path.startsWith(`${out}/`))).sort(byBytes);
    const ranges = subtreeWithout(root, excluded);
    for (const pageSize of [1, 2, 7, 97, 98, 1000]) {
      expect((await fixture.walk(ranges, pageSize)).map((ref) => ref.path)).toEqual(kept);
    }
    const counts = await Promise.all(ranges.map((range) => fixture.repository.count(range, {})));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(kept.length);
  });

  it('begins a page after a path that is no asset, and before the range too', async () => {
    await fixture.put(['a', 'c', 'e'].map((name) => `${root}/${name}`));
    const range = { from: `${root}/b`, fromInclusive: true, to: `${root}/e`, toInclusive: false };
    const after = async (path: string | null) => (await fixture.repository.scan(range, {}, path, 10)).map((ref) => ref.path);
    expect(await after(null)).toEqual([`${root}/c`]);
    expect(await after(`${root}/a`)).toEqual([`${root}/c`]);
    expect(await after(`${root}/bb`)).toEqual([`${root}/c`]);
    expect(await after(`${root}/c`)).toEqual([]);
    expect(await after(`${root}/z`)).toEqual([]);
  });

  it('filters by the time of creation, both bounds inclusive, and keeps that time when content changes', async () => {
    const now = jest.spyOn(Date, 'now');
    try {
      for (const time of [1000, 2000, 3000]) {
        now.mockReturnValue(time);
        await fixture.put([`${root}/${time}`]);
      }
      now.mockReturnValue(9000);
      await fixture.put({ [`${root}/2000`]: 'changed' });
    } finally {
      now.mockRestore();
    }
    const found = async (filter: { createdFromMs?: number; createdToMs?: number }) => {
      const refs = await fixture.walk(subtreeRanges(root), 1, filter);
      const counts = await Promise.all(subtreeRanges(root).map((range) => fixture.repository.count(range, filter)));
      expect(counts.reduce((sum, count) => sum + count)).toBe(refs.length);
      return refs.map((ref) => ref.createdAtMs);
    };
    expect(await found({})).toEqual([1000, 2000, 3000]);
    expect(await found({ createdFromMs: 2000 })).toEqual([2000, 3000]);
    expect(await found({ createdToMs: 2000 })).toEqual([1000, 2000]);
    expect(await found({ createdFromMs: 2000, createdToMs: 2000 })).toEqual([2000]);
    expect(await found({ createdFromMs: 2001, createdToMs: 2999 })).toEqual([]);
  });

  it('loads the first bytes in the order asked, small and large, and leaves out what has no content', async () => {
    const large = 'L'.repeat(5000);
    await fixture.put({ [`${root}/small`]: 'small', [`${root}/large`]: large, [`${root}/empty`]: '' });
    const refs = await Promise.all(['large', 'empty', 'small'].map((name) => fixture.ref(`${root}/${name}`)));
    const texts = async (maxBytes: number) => (await fixture.repository.load(refs, maxBytes)).map(({ bytes }) => Buffer.from(bytes).toString());
    expect(await texts(10_000)).toEqual([large, '', 'small']);
    expect(await texts(2)).toEqual(['LL', '', 'sm']);
    const gone = { ...(await fixture.ref(`${root}/small`)), sha256: 'f'.repeat(64) };
    expect(await fixture.repository.load([gone], 10)).toEqual([]);
    expect(await fixture.repository.load([], 10)).toEqual([]);
  });

  it('knows an asset from a folder from nothing', async () => {
    await fixture.put([`${root}/a/b.dita`]);
    expect(await fixture.repository.kindOf(`${root}/a/b.dita`)).toBe('asset');
    expect(await fixture.repository.kindOf(`${root}/a`)).toBe('folder');
    expect(await fixture.repository.kindOf(`${root}/a/b`)).toBeNull();
    expect(await fixture.repository.kindOf(`${root}/A`)).toBeNull();
  });

  it('refuses an asset where a folder stands, and below an asset', async () => {
    await fixture.put([`${root}/a/b.dita`]);
    await expect(fixture.put([`${root}/a`])).rejects.toThrow(InvalidRequestError);
    await expect(fixture.put([`${root}/new`, `${root}/a/b.dita/c`])).rejects.toThrow(InvalidRequestError);
    expect(await fixture.pathsBelow(root)).toEqual([`${root}/a/b.dita`]);
  });

  it('makes folders again and again without harm, but not where an asset stands', async () => {
    await fixture.put([`${root}/a/b.dita`]);
    for (let i = 0; i < 2; i++) await fixture.database.run((tx) => fixture.repository.createFolders([`${root}/a`, `${root}/x/y`], tx));
    expect(await fixture.pathsBelow(root)).toEqual([`${root}/a/b.dita`]);
    expect(await fixture.put([`${root}/x/y/z.dita`])).toEqual(['created']);
  });

  it('removes assets alone, says which were there, and takes the same path anew', async () => {
    const [a, b] = [`${root}/f/a`, `${root}/f/b`];
    await fixture.put([a, b, `${root}/f/a b`]);
    expect(await fixture.database.run((tx) => fixture.repository.remove([a, `${root}/f`, `${root}/no`], tx))).toEqual([a]);
    expect(await fixture.pathsBelow(root)).toEqual([`${root}/f/a b`, b]);
    expect(await fixture.put([a])).toEqual(['created']);
  });

  it('leaves nothing of a transaction that is rolled back', async () => {
    await fixture.put({ [`${root}/a`]: '1' });
    const rolledBack = fixture.database.run(async (tx) => {
      await fixture.putIn(tx, { [`${root}/a`]: '2', [`${root}/b/c`]: '3' });
      throw new Error('no');
    });
    await expect(rolledBack).rejects.toThrow('no');
    expect(await fixture.walk(subtreeRanges(root), 10)).toMatchObject([{ path: `${root}/a`, version: 1 }]);
    expect(await fixture.repository.kindOf(`${root}/b`)).toBeNull();
  });
});
