import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { GuidesSettings } from '../../src/contracts/settings.js';
import { openContentImport } from '../../src/modules/composition/content-import.factory.js';
import { openContentSource } from '../../src/modules/content/open-content-source.js';
import { DATABASES, type DatabaseName, TestDatabase } from '../support/databases.js';
import { findingsOf } from '../support/findings-of.js';
import { PROVIDERS, type ProviderName } from '../support/provider-fixture.js';
import { RunningService } from '../support/running-service.js';
import { ServiceData } from '../support/service-data.js';

const PATH = '/content/dam';
const PROJECT = join(__dirname, '..', '..');
const corpus = process.env['CORPUS_DIR'];
const documentation = join(corpus ?? '', 'ditaot-docs');
const hasDocumentation = corpus !== undefined && existsSync(documentation);
if (!hasDocumentation) console.warn('Compared without the documentation corpus: set CORPUS_DIR to the folder that holds ditaot-docs/.');

/** What is brought in, by the folder it comes to. The hard cases refer to each other from the root on. */
const CONTENT: [source: string, target: string][] = [
  [join(PROJECT, 'test', 'corpus', 'hard-cases', 'files'), PATH],
  [join(PROJECT, 'samples'), `${PATH}/samples`],
  ...(hasDocumentation ? [[documentation, `${PATH}/documentation`] satisfies [string, string]] : []),
];

/** One asset after the other, and many at once in batches of another size. */
const MANNERS = {
  'one thread': { workerThreads: 1, concurrency: 1, batchSize: 500 },
  'three threads': { workerThreads: 3, concurrency: 4, batchSize: 7 },
} satisfies Record<string, Partial<GuidesSettings['processing']>>;
type Manner = keyof typeof MANNERS;

/** With the documentation, which takes a minute otherwise, only those that differ most from the first. */
const COMPARED: Manner[] = hasDocumentation ? ['three threads'] : ['one thread', 'three threads'];
const WAYS = PROVIDERS.flatMap((provider) => DATABASES.flatMap((database) => COMPARED.map((manner) => [provider, database, manner] as const)));

describe('all that processing finds out', () => {
  let first: string[];

  beforeAll(async () => {
    first = await findings('jcr', 'SQLite', 'one thread');
  });

  it('is what the content holds', () => {
    const of = (kind: string): number => first.filter((line) => line.startsWith(`${kind} `)).length;
    expect(of('asset')).toBeGreaterThan(hasDocumentation ? 680 : 290);
    expect(of('key space')).toBeGreaterThan(5);
    expect(of('broken link')).toBeGreaterThan(50);
  });

  it.each(WAYS)('is byte for byte the same in the %s provider on %s with %s', async (provider, database, manner) => {
    const lines = await findings(provider, database, manner);
    expect(differences(first, lines)).toEqual([]);
    expect(lines.length).toBe(first.length);
  });
});

/** Report, key spaces and broken links of all content in the order in which they are given out. */
async function findings(provider: ProviderName, databaseName: DatabaseName, manner: Manner): Promise<string[]> {
  const data = ServiceData.create({ sweepMs: 20, ...MANNERS[manner] });
  const database = await TestDatabase.create(databaseName);
  try {
    const settings: GuidesSettings = { ...data.settings, databaseUrl: database.url, mounts: { '/content': provider } };
    await importContent(settings);
    const service = await RunningService.open(settings);
    try {
      expect((await service.ended(await service.start(PATH))).status).toBe('SUCCESS');
      return await readFindings(service);
    } finally {
      await service.close();
    }
  } finally {
    await database.drop();
    data.remove();
  }
}

async function importContent(settings: GuidesSettings): Promise<void> {
  const { contentImport, close } = await openContentImport(settings);
  try {
    for (const [source, targetPath] of CONTENT) {
      const content = await openContentSource(source);
      await contentImport.run(content, { targetPath, createdBy: 'tester' });
      await content.close();
    }
  } finally {
    await close();
  }
}

async function readFindings(service: RunningService): Promise<string[]> {
  const api = findingsOf(service);
  const lines: string[] = [];
  const uuids = new Set<unknown>();
  for await (const record of api.report(PATH)) {
    uuids.add('uuid' in record ? record.uuid : undefined);
    // The only members that no two runs have in common.
    lines.push(`asset ${JSON.stringify({ ...record, uuid: '', processedAt: 0 })}`);
  }
  expect(uuids.size).toBe(lines.length);
  for await (const keySpace of api.keySpaces(PATH)) lines.push(`key space ${JSON.stringify(keySpace)}`);
  for (let after: string | null = null; ; ) {
    const { references, next } = await api.brokenLinks(PATH, after, 50);
    // Ids are given out as batches happen to be committed.
    for (const reference of references) lines.push(`broken link ${JSON.stringify({ ...reference, sourceId: 0 })}`);
    if (next === null) return lines;
    after = next;
  }
}

/** The first few lines that differ; all of them would fill the screen. */
function differences(wanted: readonly string[], found: readonly string[]): string[][] {
  return wanted.flatMap((line, i) => (line === found[i] ? [] : [[line, found[i] ?? 'nothing']])).slice(0, 3);
}
