import { InvalidPathError, InvalidRequestError } from '../../src/contracts/errors.js';
import { byBytes, patchOf, ProviderFixture, PROVIDERS_ON_DATABASES } from '../support/provider-fixture.js';

/** Names that a prefix replaced by characters, or by a pattern, would cut in the wrong place. */
const NAMES = ['plain', 'a b', "it's", '50%_', 'back\\slash', '\u00e9', 'e\u0301', '\u{1f600}\u{10ffff}', '[a-z]*', 'very/deep/down'];

describe.each(PROVIDERS_ON_DATABASES)('a move in the %s provider on %s', (provider, databaseName) => {
  let fixture: ProviderFixture;
  let root: string;

  beforeAll(async () => {
    fixture = await ProviderFixture.open(provider, databaseName);
  });
  afterAll(() => fixture.close());
  beforeEach(() => {
    root = fixture.newRoot();
  });

  const move = (from: string, to: string): Promise<number> => fixture.database.run((tx) => fixture.repository.move(from, to, tx));
  const names = async (): Promise<string[]> => (await fixture.pathsBelow(root)).map((path) => path.slice(root.length + 1));
  const rows = <R extends object>(sql: string, parameters: string[] = []): Promise<R[]> => fixture.database.reader.query<R>(sql, parameters);

  it.each(NAMES.flatMap((from) => NAMES.map((to) => [from, to] as const)).filter(([from, to]) => from !== to))('takes a folder from %j to %j with all below it, and nothing beside it', async (from, to) => {
    const beside = [`${from}x/a`, `${from}-/a`, `${from}.dita`, `${from}0`].filter((path) => path !== to && !path.startsWith(`${to}/`));
    await fixture.put([`${root}/${from}/a`, `${root}/${from}/${from}/b`, `${root}/${from}/\u{1f600}/c`, ...beside.map((path) => `${root}/${path}`)]);
    expect(await move(`${root}/${from}`, `${root}/${to}`)).toBe(3);
    expect(await names()).toEqual([`${to}/a`, `${to}/${from}/b`, `${to}/\u{1f600}/c`, ...beside].sort(byBytes));
  });

  it('takes a single asset with its bytes, version and time of creation', async () => {
    await fixture.put({ [`${root}/a.dita`]: '1' });
    await fixture.put({ [`${root}/a.dita`]: '2', [`${root}/a.dita.txt`]: 'other' });
    const before = await fixture.ref(`${root}/a.dita`);
    expect(await move(`${root}/a.dita`, `${root}/new/place/b.dita`)).toBe(1);
    const after = await fixture.ref(`${root}/new/place/b.dita`);
    expect(after).toEqual({ ...before, path: `${root}/new/place/b.dita` });
    const [loaded] = await fixture.repository.load([after], 10);
    expect(Buffer.from(loaded?.bytes ?? []).toString()).toBe('2');
    expect(await names()).toEqual(['a.dita.txt', 'new/place/b.dita']);
    expect(await fixture.repository.kindOf(`${root}/a.dita`)).toBeNull();
    expect(await fixture.repository.kindOf(`${root}/new/place`)).toBe('folder');
  });

  it('keeps GUIDs and results, and takes new ones at the new place', async () => {
    const [old, now] = [`${root}/f/a.dita`, `${root}/g/b.dita`];
    await fixture.put([old]);
    const uuid = `GUID-${root}`;
    await fixture.database.run(async (tx) => fixture.repository.apply([patchOf(await fixture.ref(old), uuid, { title: 'Title' })], tx));
    await move(old, now);
    await fixture.database.run(async (tx) => fixture.repository.apply([patchOf(await fixture.ref(now), uuid, { title: 'Another' })], tx));
    const found = provider === 'jcr'
      ? await rows("SELECT n.path, p.value FROM jcr_node n JOIN jcr_property p ON p.node_id = n.id WHERE p.name IN ('fmUuid', 'fmditaTitle') AND n.path = ? ORDER BY p.name", [`${now}/jcr:content`])
      : await rows('SELECT path, guid AS value FROM guides_asset WHERE path = ? UNION ALL SELECT path, title FROM guides_asset WHERE path = ?', [now, now]);
    expect(found.map((row) => String((row as { value: unknown }).value))).toEqual([uuid, 'Another']);
    expect(await fixture.put({ [now]: 'changed' })).toEqual(['updated']);
    expect(await fixture.put([old])).toEqual(['created']);
  });

  it('goes back and forth, into what has been left, and within its own parent', async () => {
    await fixture.put([`${root}/a/x`, `${root}/b/y`]);
    await move(`${root}/a`, `${root}/b/a`);
    await move(`${root}/b`, `${root}/a`);
    await move(`${root}/a/a`, `${root}/a/c`);
    expect(await names()).toEqual(['a/c/x', 'a/y']);
    await move(`${root}/a/c`, `${root}/a/a`);
    expect(await names()).toEqual(['a/a/x', 'a/y']);
  });

  it('is refused, and changes nothing, where it cannot be', async () => {
    await fixture.put(['a/x', 'b/y', 'c'].map((name) => `${root}/${name}`));
    const before = await names();
    await expect(move(`${root}/nothing`, `${root}/d`)).rejects.toThrow(new InvalidRequestError(`There is no asset or folder at ${root}/nothing.`));
    await expect(move(`${root}/a`, `${root}/b`)).rejects.toThrow(new InvalidRequestError(`${root}/b exists already.`));
    await expect(move(`${root}/a`, `${root}/c`)).rejects.toThrow('exists already');
    await expect(move(`${root}/c`, `${root}/a/x`)).rejects.toThrow('exists already');
    await expect(move(`${root}/a`, `${root}/c/d`)).rejects.toThrow(new InvalidRequestError(`${root}/c is an asset; nothing can be put below it.`));
    await expect(move(`${root}/a/x`, `${root}/${'n'.repeat(2048)}`)).rejects.toThrow(InvalidPathError);
    await expect(move(`${root}/a`, `${root}/${'n'.repeat(2047 - root.length)}`)).rejects.toThrow(InvalidPathError);
    expect(await names()).toEqual(before);
    expect(await fixture.repository.kindOf(`${root}/c`)).toBe('asset');
  });

  it('that is rolled back has moved nothing', async () => {
    await fixture.put([`${root}/a/x`]);
    const rolledBack = fixture.database.run(async (tx) => {
      await fixture.repository.move(`${root}/a`, `${root}/b`, tx);
      throw new Error('no');
    });
    await expect(rolledBack).rejects.toThrow('no');
    expect(await names()).toEqual(['a/x']);
    expect(await fixture.repository.kindOf(`${root}/b`)).toBeNull();
  });

  it('makes results stale that were found at the old place, even where an asset of the same version stands now', async () => {
    await fixture.put({ [`${root}/a`]: 'one', [`${root}/b`]: 'two' });
    const read = await fixture.ref(`${root}/a`);
    const stale = (): Promise<string[]> => fixture.database.run((tx) => fixture.repository.lock([read], tx));
    await move(`${root}/a`, `${root}/c`);
    expect(await stale()).toEqual([`${root}/a`]);
    await move(`${root}/b`, `${root}/a`);
    expect(await stale()).toEqual([`${root}/a`]);
    await move(`${root}/a`, `${root}/b`);
    await move(`${root}/c`, `${root}/a`);
    expect(await stale()).toEqual([]);
  });

  if (provider === 'jcr') {
    it('takes empty folders too, and gives nodes their place among new siblings', async () => {
      await fixture.put([`${root}/z/first`]);
      await fixture.database.run((tx) => fixture.repository.createFolders([`${root}/a/empty`], tx));
      expect(await move(`${root}/a`, `${root}/z/second`)).toBe(0);
      expect(await fixture.repository.kindOf(`${root}/z/second/empty`)).toBe('folder');
      const children = await rows<{ name: string; parent: string }>(
        'SELECT c.name, p.path AS parent FROM jcr_node c JOIN jcr_node p ON p.id = c.parent_id WHERE p.path IN (?, ?) ORDER BY p.path, c.position',
        [`${root}/z`, `${root}/z/second`],
      );
      expect(children).toEqual([{ name: 'first', parent: `${root}/z` }, { name: 'second', parent: `${root}/z` }, { name: 'empty', parent: `${root}/z/second` }]);
    });

    it('does not take what lies inside of an asset', async () => {
      await fixture.put([`${root}/a`]);
      await expect(move(`${root}/a/jcr:content`, `${root}/b`)).rejects.toThrow('There is no asset or folder');
      await expect(move(`${root}/a`, `${root}/b/${'n'.repeat(2000)}`)).rejects.toThrow(InvalidPathError);
    });
  }
});
