import fc from 'fast-check';
import { dirname } from 'node:path/posix';
import { ASSET_PROCESSING } from '../../src/contracts/job.js';
import { DATABASES, TestDatabase } from '../support/databases.js';
import { PROVIDERS } from '../support/provider-fixture.js';
import { findingsOf } from '../support/findings-of.js';
import { RunningService } from '../support/running-service.js';
import { ServiceData } from '../support/service-data.js';

/** What an asset may hold: references in every state, keys, GUID names, and malformed XML. */
const CONTENTS = [
  '<topic id="a"><title>A</title><body><p id="p"/><xref href="b.dita#b/p"/><xref href="../u/GUID-1.dita"/><xref keyref="k/p"/></body></topic>',
  '<topic id="b"><title>B</title><body><p id="p" conref="a.dita#a/p"/><xref href="b.dita#b/q"/><image href="i.png"/></body></topic>',
  '<topic id="b"><title>B without p</title><body><xref href="m.ditamap"/></body></topic>',
  '<topic id="broken"><title>',
  '<map id="m"><title>M</title><keydef keys="k" href="a.dita"/><mapref href="n.ditamap"/><topicref href="b.dita"/></map>',
  '<map id="n"><title>N</title><keydef keys="k l" href="b.dita"/><topicref href="GUID-1.dita" keyscope="s"><topicref keys="t" href="a.dita"/></topicref></map>',
  '[text](a.dita) [key][k] ![](i.png)',
];
const NAMES = ['a.dita', 'b.dita', 'm.ditamap', 'n.ditamap', 'GUID-1.dita', 'u/GUID-1.dita', 'i.png', 'page.md'];

type Action = { kind: 'put'; name: string; content: number } | { kind: 'remove'; name: string } | { kind: 'process' } | { kind: 'processOnly'; name: string };

const name = fc.constantFrom(...NAMES);
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('put' as const), name, content: fc.nat(CONTENTS.length - 1) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), name }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'process' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('processOnly' as const), name }) },
);

describe.each(PROVIDERS.flatMap((provider) => DATABASES.map((database) => [provider, database] as const)))('the graph in the %s provider on %s', (provider, databaseName) => {
  let data: ServiceData;
  let database: TestDatabase;
  let service: RunningService;
  let folders = 0;

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

  it('ends the same, whatever the order in which assets are added, changed and deleted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 14 }), async (actions) => {
        const eventful = await newFolder();
        const content = new Map<string, number>();
        for (const one of actions) await perform(eventful, one, content);
        await process(eventful, true);
        const straight = await newFolder();
        for (const [asset, index] of content) await put(straight, asset, index);
        await process(straight, false);
        expect(await findings(eventful)).toEqual(await findings(straight));
      }),
      { numRuns: databaseName === 'SQLite' ? 30 : 12 },
    );
  });

  async function perform(folder: string, one: Action, content: Map<string, number>): Promise<void> {
    if (one.kind === 'put') {
      await put(folder, one.name, one.content);
      content.set(one.name, one.content);
    } else if (one.kind === 'remove') {
      await service.remove(pathOf(folder, one.name));
      content.delete(one.name);
    } else if (one.kind === 'process') {
      await process(folder, true);
      // Stored now, to be renewed later.
      await findings(folder);
    } else if (content.has(one.name)) {
      await process(pathOf(folder, one.name), false);
    }
  }

  async function put(folder: string, asset: string, content: number): Promise<void> {
    await service.put(pathOf(folder, asset), (CONTENTS[content] ?? '').replaceAll('GUID-1', guidOf(folder)));
  }

  async function process(path: string, filterProcessedAssets: boolean): Promise<void> {
    const { processingId } = await service.api.start({ path, type: ASSET_PROCESSING, filter: { filterProcessedAssets } }, 'tester');
    expect((await service.ended(processingId)).status).toBe('SUCCESS');
  }

  /** All that is known, without what must differ between two folders. */
  async function findings(folder: string): Promise<unknown> {
    const api = findingsOf(service);
    const known: object[] = [];
    for await (const record of api.report(folder)) known.push({ ...record, uuid: 0, processedAt: 0, sha256: 0, size: 0 });
    for await (const keySpace of api.keySpaces(folder)) known.push(keySpace);
    for (const key of ['k', 'l', 's.t']) for await (const lookup of api.findKey(folder, key)) known.push(lookup);
    for (const asset of NAMES) {
      const { references } = await api.references(pathOf(folder, asset), 'incoming', null, 100);
      // They come in the order in which their sources became known.
      known.push(references.sort((a, b) => (a.sourcePath < b.sourcePath ? -1 : a.sourcePath > b.sourcePath ? 1 : a.ordinal - b.ordinal)));
    }
    known.push(await api.brokenLinks(folder, null, 100));
    const text = JSON.stringify(known).replaceAll(`${folder}/`, '').replaceAll(dirname(folder), '..').replaceAll(guidOf(folder), 'GUID-1').replaceAll(/"(sourceId|ordinal)":\d+/g, '"$1":0');
    return JSON.parse(text);
  }

  /** Never without any asset: a folder that had some goes on to exist, one that never had does not. */
  async function newFolder(): Promise<string> {
    const folder = `/content/dam/f${++folders}/x`;
    await service.put(`${folder}/always.txt`, 'always');
    return folder;
  }
});

/** GUID names are looked for in the whole repository: each folder has one of its own. */
function guidOf(folder: string): string {
  return `GUID-${folder.split('/')[3] ?? ''}`;
}

function pathOf(folder: string, asset: string): string {
  return `${folder}/${asset.replace('GUID-1', guidOf(folder))}`;
}
