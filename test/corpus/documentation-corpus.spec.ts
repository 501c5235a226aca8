import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type CorpusFile, extractFolder, keySpaceOf, relativePath } from './corpus-folder.js';

/** A folder with `ditaot-docs/` and its golden extraction; not part of the project. */
const corpus = process.env['CORPUS_DIR'];
const golden = corpus === undefined ? '' : join(corpus, 'ditaot-docs.golden.json.gz');
const available = existsSync(golden);
if (!available) console.warn('Skipped: set CORPUS_DIR to the folder that holds ditaot-docs/ and ditaot-docs.golden.json.gz.');

type Row = Record<string, unknown>;
interface GoldenFile extends Row {
  path: string;
  refs: Row[];
  keys: Row[];
}

const FIELDS = [
  'sha256', 'size', 'fileType', 'wellFormed', 'error', 'rootElement', 'domainType', 'rootId', 'title', 'lang', 'shortdesc', 'topicIds',
  'elementIdCount', 'elementIds', 'metadata', 'unresolvedEntities',
];
const REFERENCE = ['kind', 'element', 'attribute', 'raw', 'scope', 'format', 'target', 'fragment', 'status', 'key', 'keyElement', 'line'];
const KEY = ['keys', 'element', 'href', 'target', 'fragment', 'scope', 'format', 'keyref', 'processingRole', 'text', 'line'];

(available ? describe : describe.skip)('extraction of a real documentation project', () => {
  let expected: GoldenFile[];
  let keySpaces: (Row & { rootMap: string })[];
  let extracted: Map<string, CorpusFile>;
  let actual: Map<string, Row & { refs: Row[]; keys: Row[] }>;

  beforeAll(async () => {
    const whole = JSON.parse(gunzipSync(readFileSync(golden)).toString('utf8')) as { files: GoldenFile[]; keySpaces: typeof keySpaces };
    ({ files: expected, keySpaces } = whole);
    extracted = await extractFolder(join(corpus ?? '', 'ditaot-docs'));
    actual = new Map([...extracted.values()].map((file) => [relativePath(file.path), asGolden(file)]));
  });

  it('knows every file', () => {
    expect([...actual.keys()].sort()).toEqual(expected.map((file) => file.path).sort());
  });

  it.each(FIELDS)('agrees on %s of every file', (field) => {
    const values = (files: readonly (Row & { path?: unknown })[]): string[] => files.map((file) => `${String(file.path)}: ${JSON.stringify(file[field])}`);
    expect(values(expected.map((file) => ({ path: file.path, ...actual.get(file.path) })))).toEqual(values(expected));
  });

  it.each([
    ['references', 'refs', REFERENCE],
    ['key definitions', 'keys', KEY],
  ] as const)('agrees on all fields of at least 99.8 %% of the %s, without extra ones', (_, rows, fields) => {
    let found = 0;
    let wanted = 0;
    let extra = 0;
    for (const file of expected) {
      const mine = counted(actual.get(file.path)?.[rows] ?? [], fields);
      for (const row of file[rows]) {
        const key = rowKey(row, fields);
        const left = mine.get(key) ?? 0;
        wanted++;
        if (left > 0) found++;
        mine.set(key, left - 1);
      }
      for (const left of mine.values()) extra += Math.max(0, left);
    }
    expect(found / wanted).toBeGreaterThanOrEqual(0.998);
    expect(extra / wanted).toBeLessThanOrEqual(0.002);
  });

  it('resolves every key reference of every root map', async () => {
    for (const keySpace of keySpaces) {
      const { refs, ...rest } = keySpace as Row & { rootMap: string; refs: Row[] };
      const mine = await keySpaceOf(extracted, keySpace.rootMap);
      expect(mine).toMatchObject(rest);
      const rows = (list: readonly object[]): string[] => list.map((row) => JSON.stringify(Object.entries(row).sort())).sort();
      expect(rows(mine.refs)).toEqual(rows(refs));
    }
    expect(keySpaces.length).toBeGreaterThan(0);
  });
});

function asGolden(file: CorpusFile): Row & { refs: Row[]; keys: Row[] } {
  const local = <R extends { target: string | null }>(row: R): R => ({ ...row, target: row.target === null ? null : relativePath(row.target) });
  const { facts, refs, sha256, sizeBytes } = file;
  return { ...facts, sha256, size: sizeBytes, refs: refs.map((ref) => ({ ...local(ref) })), keys: facts.keys.map((key) => ({ ...local(key) })) };
}

function rowKey(row: Row, fields: readonly string[]): string {
  return JSON.stringify(fields.map((field) => row[field]));
}

function counted(rows: readonly Row[], fields: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(rowKey(row, fields), (counts.get(rowKey(row, fields)) ?? 0) + 1);
  return counts;
}
