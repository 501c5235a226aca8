import fc from 'fast-check';
import { subtreeWithout } from '../../src/contracts/key-range.js';
import { byBytes, ProviderFixture, PROVIDERS_ON_DATABASES } from '../support/provider-fixture.js';

const RUNS = 30;

/** Few characters, so that names often are each other's beginnings; those around `/` and those that collations confuse. */
const CHARACTER = fc.constantFrom('a', 'b', 'A', 'a\u0301', '\u00e1', '-', '.', '0', '!', '%', '_', ' ', "'", '\\', '~', '\uffee', '\ufffd', '\u{1f600}', '\u{10ffff}');
const NAME = fc
  .array(CHARACTER, { minLength: 1, maxLength: 3 })
  .map((characters) => characters.join(''))
  .filter((name) => name !== '.' && name !== '..');
const RELATIVE_PATH = fc.array(NAME, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));

const isBelow = (path: string, ancestor: string): boolean => path === ancestor || path.startsWith(`${ancestor}/`);

/** Files only where no other has its folder. */
const TREE = fc.uniqueArray(RELATIVE_PATH, { minLength: 1, maxLength: 40 }).map((paths) => paths.filter((path) => !paths.some((other) => other !== path && isBelow(other, path))));

/** Every path of a tree and every folder above one: what can be asked for or excluded. */
function placesOf(paths: readonly string[]): string[] {
  const folders = paths.flatMap((path) => {
    const names = path.split('/');
    return names.map((_, i) => names.slice(0, i + 1).join('/'));
  });
  return [...new Set(folders)];
}

describe.each(PROVIDERS_ON_DATABASES)('any tree in the %s provider on %s', (provider, databaseName) => {
  let fixture: ProviderFixture;

  beforeAll(async () => {
    fixture = await ProviderFixture.open(provider, databaseName);
  });
  afterAll(() => fixture.close());

  it('is walked, counted and excluded from as if its paths were sorted by their bytes', async () => {
    await fc.assert(
      fc.asyncProperty(TREE, fc.integer({ min: 1, max: 12 }), fc.infiniteStream(fc.nat()), async (relative, pageSize, picks) => {
        const root = fixture.newRoot();
        const paths = relative.map((path) => `${root}/${path}`);
        await fixture.put(paths);
        const places = placesOf(relative).map((place) => `${root}/${place}`);
        const pick = (): string => places[picks.next().value % places.length] ?? root;
        for (const subtree of [root, pick(), pick()]) {
          for (const excluded of [[], [pick()], [pick(), pick(), `${root}/nowhere`]]) {
            const expected = paths.filter((path) => isBelow(path, subtree) && !excluded.some((out) => isBelow(path, out))).sort(byBytes);
            const ranges = subtreeWithout(subtree, excluded);
            expect((await fixture.walk(ranges, pageSize)).map((ref) => ref.path)).toEqual(expected);
            const counts = await Promise.all(ranges.map((range) => fixture.repository.count(range, {})));
            expect(counts.reduce((sum, count) => sum + count, 0)).toBe(expected.length);
          }
        }
        expect(await fixture.repository.existing([...places, root])).toEqual(new Set(paths));
      }),
      { numRuns: RUNS },
    );
  });
});
