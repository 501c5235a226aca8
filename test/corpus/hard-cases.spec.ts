import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CorpusFile, extractFolder, keySpaceOf, MOUNT, relativePath } from './corpus-folder.js';

/** A folder with `nasty/`: small files that are hard to get right, with hand-written expectations; not part of the project. */
const corpus = process.env['CORPUS_DIR'];
const expectations = corpus === undefined ? '' : join(corpus, 'nasty', 'nasty.json');
const available = existsSync(expectations);
if (!available) console.warn('Skipped: set CORPUS_DIR to the folder that holds nasty/nasty.json and nasty/corpus/.');

type Row = Record<string, unknown>;
interface HardCase {
  id: string;
  title: string;
  expect: (Row & { path: string })[];
  keySpace?: { rootMap: string; maps: string[]; scopes: Row[]; rootKeys: string[]; refs: (Row & { path: string; line: number; scopeId: number })[] };
}

const cases = available ? (JSON.parse(readFileSync(expectations, 'utf8')) as { cases: HardCase[] }).cases : [];

(available ? describe : describe.skip)('hard cases of extraction', () => {
  let files: Map<string, CorpusFile>;

  beforeAll(async () => {
    files = await extractFolder(join(corpus ?? '', 'nasty', 'corpus'));
  });

  it.each(cases.map((hardCase) => [hardCase.id, hardCase.title, hardCase] as const))('%s: %s', async (_, __, hardCase) => {
    for (const expected of hardCase.expect) {
      const file = files.get(`${MOUNT}/${expected.path}`);
      expect(file && pick(asGolden(file), expected)).toEqual(expected);
    }
    const { keySpace } = hardCase;
    if (!keySpace) return;
    const { maps, scopes, refs } = await keySpaceOf(files, keySpace.rootMap);
    expect({ maps, scopes, rootKeys: Object.keys(scopes[0]?.keys ?? {}) }).toMatchObject({ maps: keySpace.maps, scopes: keySpace.scopes, rootKeys: keySpace.rootKeys });
    for (const expected of keySpace.refs) {
      const found = refs.filter((ref) => ref.path === expected.path && ref.line === expected.line && ref.scopeId === expected.scopeId);
      expect(found).toMatchObject([expected]);
    }
  });
});

function asGolden({ path, sizeBytes, facts, refs }: CorpusFile): Row {
  const local = <R extends { target: string | null }>(row: R): R => ({ ...row, target: row.target === null ? null : relativePath(row.target) });
  const keyNames = facts.keys.flatMap((key) => key.keys);
  return { ...facts, path: relativePath(path), size: sizeBytes, refs: refs.map(local), keys: facts.keys.map(local), keyNames };
}

/** The members that are expected, of objects and of objects in lists; lists keep their length and order. */
function pick(actual: unknown, expected: unknown): unknown {
  if (Array.isArray(actual) && Array.isArray(expected)) {
    return actual.map((item: unknown, i) => (i < expected.length ? pick(item, expected[i]) : item));
  }
  if (!isRow(actual) || !isRow(expected)) return actual;
  return Object.fromEntries(Object.keys(expected).map((key) => [key, pick(actual[key], expected[key])]));
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
