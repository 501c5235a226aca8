import fc from 'fast-check';
import { InvalidRequestError } from '../../src/contracts/errors.js';
import { ASSET_PROCESSING } from '../../src/contracts/job.js';
import { DATABASES, TestDatabase } from '../support/databases.js';
import { PROVIDERS } from '../support/provider-fixture.js';
import { findingsOf } from '../support/findings-of.js';
import { RunningService } from '../support/running-service.js';
import { ServiceData } from '../support/service-data.js';

/** What an asset may hold: references in every state, keys, GUID names, a base of its own, and malformed XML. */
const CONTENTS = [
  '<topic id="a"><title>A</title><body><p id="p"/><xref href="b.dita#b/p"/><xref href="../x/u/GUID-1.dita"/><xref keyref="k/p"/><xref href="#./p"/></body></topic>',
  '<topic id="b"><title>B</title><body><p id="p" conref="a.dita#a/p" conkeyref="k/p" conrefend="../u/GUID-1.xml#a/p"/><xref href="b.dita#b/q"/><image href="i.png"/><xref href="../../../out.dita"/></body></topic>',
  '<topic id="b"><title>B without p</title><body><xref href="m.ditamap"/><xref href="BASE/x/b.dita#./p"/><xref href="../../../../GUID-1.dita"/></body></topic>',
  '<topic id="broken"><title>',
  '<map id="m"><title>M</title><keydef keys="k" href="a.dita"/><mapref href="n.ditamap"/><topicref href="BASE/x/b.dita" copy-to="a.dita"/></map>',
  '<map id="n"><title>N</title><keydef keys="k l" href="u/b.dita"/><topicref href="GUID-1.dita" keyscope="s"><topicref keys="t" href="a.dita"/></topicref></map>',
  '<map id="o"><title>O</title><keydef keys="k" href="u/b.dita"/><mapref href="m.ditamap"/><mapref href="GUID-1.dita"/><topicref copy-to="../GUID-1.dita"/></map>',
  '[text](a.dita) [key][k] ![](i.png)',
  '<title>Page</title><base href="u/"><a href="b.dita#b">b</a>',
];
const NAMES = ['a.dita', 'b.dita', 'm.ditamap', 'n.ditamap', 'GUID-1.dita', 'u/GUID-1.dita', 'u/b.dita', 'i.png', 'page.md', 'page.html'];
const FOLDERS = ['u', 'v', 'v/w', 'a.dita/u'];

type Action =
  | { kind: 'put'; name: string; content: number }
  | { kind: 'remove' | 'processOnly'; name: string }
  | { kind: 'move'; from: string; to: string }
  | { kind: 'moveAll'; to: string }
  | { kind: 'process' };

const name = fc.constantFrom(...NAMES);
const content = fc.nat(CONTENTS.length - 1);
const moveOfFile = fc.record({ kind: fc.constant('move' as const), from: name, to: name });
const moveOfFolder = fc.record({ kind: fc.constant('move' as const), from: fc.constantFrom(...FOLDERS), to: fc.constantFrom(...FOLDERS) });
const moveOfAll = fc.record({ kind: fc.constant('moveAll' as const), to: fc.constantFrom('x', 'y', 'deep/er/x') });
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('put' as const), name, content }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), name }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'process' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('processOnly' as const), name }) },
  { weight: 3, arbitrary: moveOfFile },
  { weight: 1, arbitrary: moveOfFolder },
  { weight: 1, arbitrary: moveOfAll },
);

/** A tree of a test's own, and what should stand in it. */
interface Tree {
  /** Its own folder of `/content/dam`; references by absolute paths begin with it. */
  base: string;
  folder: string;
  content: Map<string, number>;
}

describe.each(PROVIDERS.flatMap((provider) => DATABASES.map((database) => [provider, database] as const)))('the graph in the %s provider on %s', (provider, databaseName) => {
  let data: ServiceData;
  let database: TestDatabase;
  let service: RunningService;
  let trees = 0;

  beforeAll(async () => {
    data = ServiceData.create({ sweepMs: 20, workerThreads: 1 });
    database = await TestDatabase.create(databaseName);
    service = await RunningService.open({ ...data.settings, databaseUrl: database.url, mounts: { '/content': provider } });
  });
  afterAll(async () => {
    await service.close();
    await database.drop();
    data.remove();
  });

  it('ends the same, whatever the order in which assets are added, changed, moved and deleted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 14 }), async (actions) => {
        const eventful = await newTree();
        for (const one of actions) await perform(eventful, one);
        await process(eventful.folder, true);
        expect(await findings(eventful)).toEqual(await findings(await straight(eventful)));
      }),
      { numRuns: databaseName === 'SQLite' ? 40 : 15 },
    );
  });

  it('is true of moved assets before they are read again', async () => {
    // What follows from a file's own name or from a base of its own waits until it is read: neither is in these.
    const keepsItsType = (move: { from: string; to: string }): boolean => move.from.split('.').at(-1) === move.to.split('.').at(-1);
    const plain = fc.constantFrom(0, 1, 2, 3, 4, 5, 6);
    const moves = fc.oneof(moveOfFile.filter(keepsItsType), moveOfFolder, moveOfAll);
    await fc.assert(
      fc.asyncProperty(fc.array(plain, { minLength: NAMES.length, maxLength: NAMES.length }), fc.array(moves, { minLength: 1, maxLength: 4 }), async (contents, actions) => {
        const eventful = await newTree();
        for (const [i, asset] of NAMES.entries()) if (asset.endsWith('.dita') || asset.endsWith('map')) await perform(eventful, { kind: 'put', name: asset, content: contents[i] ?? 0 });
        await process(eventful.folder, false);
        await findings(eventful);
        for (const one of actions) await perform(eventful, one);
        await service.put('/content/dam/elsewhere/any.txt', 'any');
        await process('/content/dam/elsewhere', false);
        expect(await findings(eventful)).toEqual(await findings(await straight(eventful)));
      }),
      { numRuns: databaseName === 'SQLite' ? 25 : 10 },
    );
  });

  async function perform(tree: Tree, one: Action): Promise<void> {
    if (one.kind === 'put') await putUnlessRefused(tree, one.name, one.content);
    else if (one.kind === 'remove') {
      await service.remove(pathOf(tree, one.name));
      tree.content.delete(one.name);
    } else if (one.kind === 'move') await move(tree, one.from, one.to);
    else if (one.kind === 'moveAll') await moveAll(tree, `${tree.base}/${one.to}`);
    else if (one.kind === 'process') {
      await process(tree.folder, true);
      // Stored now, to be renewed later.
      await findings(tree);
    } else if (tree.content.has(one.name)) await process(pathOf(tree, one.name), false);
  }

  async function put(tree: Tree, asset: string, index: number): Promise<void> {
    const path = pathOf(tree, asset);
    await service.put(path, (CONTENTS[index] ?? '').replaceAll('GUID-1', guidOf(tree)).replaceAll('BASE', tree.base));
    tree.content.set(asset, index);
  }

  /** A folder that was moved may stand at the name of an asset. */
  async function putUnlessRefused(tree: Tree, asset: string, index: number): Promise<void> {
    const isRefused = [...tree.content.keys()].some((other) => other !== asset && isWithin(other, asset));
    try {
      await put(tree, asset, index);
    } catch (error) {
      if (!(error instanceof InvalidRequestError) || (!isRefused && provider === 'database')) throw error;
    }
  }

  async function move(tree: Tree, from: string, to: string): Promise<void> {
    const moved = [...tree.content.keys()].filter((asset) => isWithin(asset, from));
    const isRefused = moved.length === 0 || isWithin(to, from) || [...tree.content.keys()].some((asset) => isWithin(asset, to) || isWithin(to, asset));
    try {
      expect(await service.move(pathOf(tree, from), pathOf(tree, to))).toBe(moved.length);
    } catch (error) {
      // A tree of nodes has empty folders too, which stand in the way of others.
      if (!(error instanceof InvalidRequestError) || (!isRefused && provider === 'database')) throw error;
      return;
    }
    for (const asset of moved) {
      tree.content.set(to + asset.slice(from.length), tree.content.get(asset) ?? 0);
      tree.content.delete(asset);
    }
  }

  async function moveAll(tree: Tree, to: string): Promise<void> {
    if ((await service.repository.kindOf(to)) !== null) return;
    await service.move(tree.folder, to);
    tree.folder = to;
  }

  async function process(path: string, filterProcessedAssets: boolean): Promise<void> {
    const { processingId } = await service.api.start({ path, type: ASSET_PROCESSING, filter: { filterProcessedAssets } }, 'tester');
    expect((await service.ended(processingId)).status).toBe('SUCCESS');
  }

  /** All that is known, without what must differ between two trees. */
  async function findings(tree: Tree): Promise<unknown> {
    const api = findingsOf(service);
    const known: object[] = [];
    for await (const record of api.report(tree.folder)) known.push({ ...record, uuid: 0, processedAt: 0, pipelineVersion: 0, sha256: 0, size: 0 });
    for await (const keySpace of api.keySpaces(tree.folder)) known.push(keySpace);
    for (const key of ['k', 'l', 's.t']) for await (const lookup of api.findKey(tree.folder, key)) known.push(lookup);
    for (const asset of new Set([...NAMES, ...tree.content.keys()])) {
      const { references } = await api.references(pathOf(tree, asset), 'incoming', null, 100);
      // They come in the order in which their sources became known.
      known.push(references.sort((a, b) => (a.sourcePath < b.sourcePath ? -1 : a.sourcePath > b.sourcePath ? 1 : a.ordinal - b.ordinal)));
    }
    known.push(await api.brokenLinks(tree.folder, null, 100));
    const text = JSON.stringify(known).replaceAll(tree.base, '/base').replaceAll(guidOf(tree), 'GUID-1').replaceAll(/"(sourceId|ordinal)":\d+/g, '"$1":0');
    return JSON.parse(text);
  }

  /** Never without any asset: a folder that had some goes on to exist, one that never had does not. */
  async function newTree(folder = 'x'): Promise<Tree> {
    const base = `/content/dam/f${++trees}`;
    const tree = { base, folder: `${base}/${folder}`, content: new Map<string, number>() };
    await service.put(`${tree.folder}/always.txt`, 'always');
    return tree;
  }

  /** The same content, brought in and processed in one go. */
  async function straight({ base, folder, content: wanted }: Tree): Promise<Tree> {
    const tree = await newTree(folder.slice(base.length + 1));
    for (const [asset, index] of wanted) await put(tree, asset, index);
    await process(tree.folder, false);
    return tree;
  }
});

/** GUID names are looked for in the whole repository: each tree has one of its own. */
function guidOf({ base }: Tree): string {
  return `GUID-${base.split('/').at(-1) ?? ''}`;
}

function pathOf(tree: Tree, asset: string): string {
  return `${tree.folder}/${asset.replace('GUID-1', guidOf(tree))}`;
}

function isWithin(path: string, ancestor: string): boolean {
  return path === ancestor || path.startsWith(`${ancestor}/`);
}
