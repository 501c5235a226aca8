import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import type { AssetFacts, AssetPatch, AssetRef } from './contracts/asset.js';
import type { AssetRepository } from './contracts/asset-repository.js';
import { comparePaths, subtreeRanges, subtreeWithout } from './contracts/key-range.js';
import type { UnitOfWork } from './contracts/unit-of-work.js';

/** What a host gives so that its repository can be held to the contract. */
export interface AssetRepositoryUnderTest {
  repository: AssetRepository;
  /** Of the database that `apply` writes to, or of the module's where that is another one. */
  unitOfWork: UnitOfWork;
  /** A folder that is empty, another one at each call. */
  newRoot(): string;
  /** Makes an asset, or gives it this new content. */
  put(path: string, content: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** What the repository has stored of the last result for this asset, in any form; equal for equal results. */
  stored(path: string): Promise<unknown>;
}

/** One rule of the contract; `check` throws an AssertionError where it is broken. */
export interface ContractRule {
  rule: string;
  check(test: AssetRepositoryUnderTest): Promise<void>;
}

/** Names that a collation, a LIKE, a padding comparison or a badly quoted statement would mix up. */
const NAMES = ['a', 'A', 'a ', 'ab', 'a-b', 'a.b', 'a0', 'a_b', 'a%b', '%', '_', "'", '"', '\\', '\u00e9', 'e\u0301', '\u00df', 'ss', '\ufffd', '\u{1f600}'];

/**
 * The contract of `AssetRepository` (repository.md), rule by rule, for whatever runs tests:
 * `for (const { rule, check } of ASSET_REPOSITORY_CONTRACT) it(rule, () => check(underTest));`
 */
export const ASSET_REPOSITORY_CONTRACT: readonly ContractRule[] = [
  {
    rule: 'keeps names apart and lists them in the order of their bytes',
    check: async (test) => {
      const root = test.newRoot();
      const paths = NAMES.map((name) => `${root}/${name}`);
      for (const path of paths) await test.put(path, path);
      const sorted = [...paths].sort(comparePaths);
      deepStrictEqual(await pathsBelow(test.repository, root, 7), sorted);
      deepStrictEqual(await test.repository.existing([...paths, `${root}/nothing`]), new Set(paths));
    },
  },
  {
    rule: 'takes into a subtree the path itself and what lies below it, not its neighbours',
    check: async (test) => {
      const root = test.newRoot();
      for (const name of ['a/x', 'a/b/c', 'a/~', 'ab', 'a-b', 'a.b', 'a0', 'A/x']) await test.put(`${root}/${name}`, name);
      deepStrictEqual(await pathsBelow(test.repository, `${root}/a`, 10), [`${root}/a/b/c`, `${root}/a/x`, `${root}/a/~`]);
      deepStrictEqual(await pathsBelow(test.repository, `${root}/a`, 10, [`${root}/a/b`]), [`${root}/a/x`, `${root}/a/~`]);
      deepStrictEqual(await pathsBelow(test.repository, `${root}/nothing`, 10), []);
    },
  },
  {
    rule: 'gives the same assets by pages of any size, and counts as many',
    check: async (test) => {
      const root = test.newRoot();
      const paths = Array.from({ length: 23 }, (_, i) => `${root}/d${i % 3}/${i}`).sort(comparePaths);
      for (const path of paths) await test.put(path, path);
      for (const size of [1, 2, 5, 23, 24, 1000]) deepStrictEqual(await pathsBelow(test.repository, root, size), paths);
      const counts = await Promise.all(subtreeRanges(root).map((range) => test.repository.count(range, {})));
      strictEqual(counts.reduce((sum, count) => sum + count, 0), paths.length);
    },
  },
  {
    rule: 'knows an asset from a folder from nothing',
    check: async (test) => {
      const root = test.newRoot();
      await test.put(`${root}/a/b`, 'x');
      strictEqual(await test.repository.kindOf(`${root}/a/b`), 'asset');
      strictEqual(await test.repository.kindOf(`${root}/a`), 'folder');
      strictEqual(await test.repository.kindOf(`${root}/a/c`), null);
    },
  },
  {
    rule: 'loads the first bytes in the order asked, and of what is gone the old bytes or nothing',
    check: async (test) => {
      const root = test.newRoot();
      await test.put(`${root}/long`, 'L'.repeat(5000));
      await test.put(`${root}/short`, 's');
      await test.put(`${root}/gone`, 'g');
      const refs = await Promise.all(['short', 'gone', 'long'].map((name) => refOf(test.repository, `${root}/${name}`)));
      await test.remove(`${root}/gone`);
      const loaded = (await test.repository.load(refs, 10)).filter(({ ref, bytes }) => ref.path !== `${root}/gone` || Buffer.from(bytes).toString() !== 'g');
      deepStrictEqual(loaded.map(({ bytes }) => Buffer.from(bytes).toString()), ['s', 'L'.repeat(10)]);
      deepStrictEqual(loaded.map(({ ref }) => ref.sizeBytes), [1, 5000]);
    },
  },
  {
    rule: 'raises the version with every change of content, and keeps the time of creation',
    check: async (test) => {
      const path = `${test.newRoot()}/a`;
      await test.put(path, 'one');
      const before = await refOf(test.repository, path);
      await test.put(path, 'two, longer');
      const after = await refOf(test.repository, path);
      strictEqual(after.version > before.version, true, 'the version must rise');
      deepStrictEqual([after.createdAtMs, after.sizeBytes], [before.createdAtMs, 'two, longer'.length]);
      const upTo = { createdToMs: before.createdAtMs - 1 };
      const counts = await Promise.all(subtreeRanges(path).map((range) => test.repository.count(range, upTo)));
      deepStrictEqual(counts, [0, 0]);
    },
  },
  {
    rule: 'names the assets that changed or went since they were read',
    check: async (test) => {
      const root = test.newRoot();
      const paths = ['a', 'b', 'c'].map((name) => `${root}/${name}`);
      for (const path of paths) await test.put(path, path);
      const refs = await Promise.all(paths.map((path) => refOf(test.repository, path)));
      await test.put(`${root}/b`, 'changed');
      await test.remove(`${root}/c`);
      const stale = await test.unitOfWork.run((tx) => test.repository.lock(refs, tx));
      deepStrictEqual([...stale].sort(), [`${root}/b`, `${root}/c`]);
    },
  },
  {
    rule: 'stores a result, the same when it comes twice, and changes neither content nor version by it',
    check: async (test) => {
      const path = `${test.newRoot()}/a`;
      await test.put(path, 'content');
      const ref = await refOf(test.repository, path);
      const apply = (patch: AssetPatch): Promise<void> =>
        test.unitOfWork.run(async (tx) => {
          deepStrictEqual(await test.repository.lock([patch.ref], tx), []);
          await test.repository.apply([patch], tx);
        });
      await apply(patchOf(ref, 'First'));
      const once = await test.stored(path);
      await apply(patchOf(ref, 'First'));
      deepStrictEqual(await test.stored(path), once);
      await apply(patchOf(ref, 'Second'));
      strictEqual(JSON.stringify(await test.stored(path)) === JSON.stringify(once), false, 'a new result must be stored');
      deepStrictEqual(await refOf(test.repository, path), { ...ref, sha256: (await refOf(test.repository, path)).sha256 });
      deepStrictEqual((await test.repository.load([ref], 100)).map(({ bytes }) => Buffer.from(bytes).toString()), ['content']);
    },
  },
  {
    rule: 'takes empty lists',
    check: async (test) => {
      deepStrictEqual(await test.repository.load([], 10), []);
      deepStrictEqual(await test.repository.existing([]), new Set());
      await test.unitOfWork.run(async (tx) => {
        deepStrictEqual(await test.repository.lock([], tx), []);
        await test.repository.apply([], tx);
      });
    },
  },
];

async function pathsBelow(repository: AssetRepository, root: string, pageSize: number, excluded: readonly string[] = []): Promise<string[]> {
  const paths: string[] = [];
  for (const range of subtreeWithout(root, excluded)) {
    for (let after: string | null = null; ; ) {
      const page = await repository.scan(range, {}, after, pageSize);
      paths.push(...page.map(({ path }) => path));
      const last = page.at(-1);
      if (!last || page.length < pageSize) break;
      after = last.path;
    }
  }
  return paths;
}

async function refOf(repository: AssetRepository, path: string): Promise<AssetRef> {
  const [ref] = await repository.scan({ from: path, fromInclusive: true, to: path, toInclusive: true }, {}, null, 1);
  strictEqual(ref?.path, path, `scan must list ${path}`);
  return ref;
}

function patchOf(ref: AssetRef, title: string): AssetPatch {
  const facts: AssetFacts = {
    fileType: 'DITATOPIC', mimeType: 'application/xml', wellFormed: true, error: null, rootElement: 'topic', domainType: 'topic', ditaClass: 'topic/topic', rootId: 't',
    title, lang: null, shortdesc: null, topicIds: ['t'], elementIdCount: 1, elementIds: ['t'], keys: [], metadata: { authors: [], keywords: ['k'] },
    unresolvedEntities: 0, image: null, warnings: [],
  };
  return { ref, sha256: 'a'.repeat(64), uuid: 'GUID-contract', isFirst: false, outcome: 'SUCCESS', processedAtMs: 1_750_000_000_000, facts, topicrefs: [], renditions: [] };
}
