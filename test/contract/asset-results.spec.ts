import { subtreeRanges } from '../../src/contracts/key-range.js';
import { readProperties } from '../../src/repository/jcr/jcr-properties.js';
import type { JcrProperty } from '../../src/repository/jcr/property-type.js';
import { signal } from '../support/barrier.js';
import { DATABASES, untilSomebodyWaits } from '../support/databases.js';
import { patchOf, ProviderFixture, PROVIDERS_ON_DATABASES, type ProviderName } from '../support/provider-fixture.js';

/** What processing left at an asset, in whatever form the provider keeps it. */
interface KeptResult {
  uuid: string;
  title: string | null;
  mimeType: string;
  outcome: string;
  processedAtMs: number;
}

async function resultOf(fixture: ProviderFixture, provider: ProviderName, path: string): Promise<KeptResult> {
  if (provider === 'jcr') {
    const [content, metadata] = [await propertiesOf(fixture, `${path}/jcr:content`), await propertiesOf(fixture, `${path}/jcr:content/metadata`)];
    const text = (property: JcrProperty | undefined) => (property ? String(property.value) : null);
    return {
      uuid: text(content.get('fmUuid')) ?? '',
      title: text(content.get('fmditaTitle')),
      mimeType: text(metadata.get('dc:format')) ?? '',
      outcome: text(content.get('fmProcessingStatus')) ?? '',
      processedAtMs: Date.parse(text(content.get('fmProcessedAt')) ?? ''),
    };
  }
  const [row] = await fixture.database.reader.query<Record<string, string | null>>('SELECT * FROM guides_asset WHERE path = ?', [path]);
  if (!row) throw new Error(`No row for ${path}.`);
  return {
    uuid: row.guid ?? '',
    title: row.title ?? null,
    mimeType: row.mime_type ?? '',
    outcome: row.state ?? '',
    processedAtMs: Number(row.processed_at),
  };
}

async function propertiesOf(fixture: ProviderFixture, nodePath: string): Promise<Map<string, JcrProperty>> {
  const [node] = await fixture.database.reader.query<{ id: number | string }>('SELECT id FROM jcr_node WHERE path = ?', [nodePath]);
  return readProperties(Number(node?.id), fixture.database.reader);
}

describe.each(PROVIDERS_ON_DATABASES)('results in the %s provider on %s', (provider, databaseName) => {
  let fixture: ProviderFixture;
  let root: string;

  beforeAll(async () => {
    fixture = await ProviderFixture.open(provider, databaseName);
  });
  afterAll(() => fixture.close());
  beforeEach(() => {
    root = fixture.newRoot();
  });

  /** Locks and applies in one transaction, as the batch runner does. */
  async function process(...patches: ReturnType<typeof patchOf>[]): Promise<void> {
    await fixture.database.run(async (tx) => {
      expect(await fixture.repository.lock(patches.map((patch) => patch.ref), tx)).toEqual([]);
      await fixture.repository.apply(patches, tx);
    });
  }

  it('are kept with the asset they belong to, 300 at a time', async () => {
    const paths = Array.from({ length: 300 }, (_, i) => `${root}/${i % 2 === 0 ? 'a' : 'A'}/${i}.dita`);
    await fixture.put(paths);
    const refs = await fixture.walk(subtreeRanges(root), 1000);
    await process(...refs.map((ref) => patchOf(ref, `GUID-of-${ref.path}`, { title: `'${ref.path}" \\ \u{1f600}` })));
    for (const path of paths.slice(0, 20)) {
      expect(await resultOf(fixture, provider, path)).toEqual({
        uuid: `GUID-of-${path}`,
        title: `'${path}" \\ \u{1f600}`,
        mimeType: 'application/dita+xml',
        outcome: 'SUCCESS',
        processedAtMs: 1_750_000_000_123,
      });
    }
    expect(await fixture.walk(subtreeRanges(root), 1000)).toEqual(refs);
  });

  it('are overwritten by the next run, what it does not know included', async () => {
    const path = `${root}/a.dita`;
    await fixture.put([path]);
    const ref = await fixture.ref(path);
    await process(patchOf(ref, `GUID-${root}`, { title: 'Old' }));
    await process(patchOf(ref, `GUID-${root}`, { title: null, mimeType: 'text/plain' }, { outcome: 'FAILED', processedAtMs: 2_000_000_000_000 }));
    expect(await resultOf(fixture, provider, path)).toEqual({ uuid: `GUID-${root}`, title: null, mimeType: 'text/plain', outcome: 'FAILED', processedAtMs: 2_000_000_000_000 });
  });

  it('do not change what the repository lists, so that nobody takes the asset for changed', async () => {
    const path = `${root}/a.dita`;
    await fixture.put([path]);
    const before = await fixture.ref(path);
    await process(patchOf(before, `GUID-${root}`, { title: 'T' }));
    expect(await fixture.ref(path)).toEqual(before);
    expect(await fixture.put([path])).toEqual(['unchanged']);
  });

  it('vanish with the transaction that is rolled back', async () => {
    const path = `${root}/a.dita`;
    await fixture.put([path]);
    const ref = await fixture.ref(path);
    await process(patchOf(ref, `GUID-${root}`, { title: 'Kept' }));
    const undone = fixture.database.run(async (tx) => {
      await fixture.repository.apply([patchOf(ref, `GUID-${root}`, { title: 'Undone' })], tx);
      throw new Error('no');
    });
    await expect(undone).rejects.toThrow('no');
    expect((await resultOf(fixture, provider, path)).title).toBe('Kept');
  });

  it('are guarded by the version: who changed, vanished or came anew meanwhile is named', async () => {
    const [same, touched, changed, gone, anew] = ['same', 'touched', 'changed', 'gone', 'anew'].map((name) => `${root}/${name}`);
    if (!same || !touched || !changed || !gone || !anew) throw new Error('five paths');
    await fixture.put([same, touched, changed, gone, anew]);
    await fixture.put({ [anew]: 'second version' });
    const refs = await fixture.walk(subtreeRanges(root), 10);
    await fixture.put([touched]);
    await fixture.put({ [changed]: 'new content' });
    await fixture.database.run((tx) => fixture.repository.remove([gone, anew], tx));
    await fixture.put([anew]);
    const stale = await fixture.database.run((tx) => fixture.repository.lock(refs, tx));
    expect(stale.sort()).toEqual([anew, changed, gone].sort());
  });

  it('are safe once locked: a change of content waits for them, and is then seen', async () => {
    const path = `${root}/a.dita`;
    await fixture.put([path]);
    const ref = await fixture.ref(path);
    const locked = signal();
    const order: string[] = [];
    const results = fixture.database.run(async (tx) => {
      expect(await fixture.repository.lock([ref], tx)).toEqual([]);
      locked.give();
      await untilSomebodyWaits(fixture.database);
      await fixture.repository.apply([patchOf(ref, `GUID-${root}`)], tx);
      order.push('results');
    });
    await locked.given;
    const change = fixture.put({ [path]: 'new content' }).then(() => order.push('change'));
    await Promise.all([results, change]);
    expect(order).toEqual(['results', 'change']);
    expect(await fixture.ref(path)).toMatchObject({ version: 2 });
  });
});

describe.each(DATABASES)('the JCR nodes of an asset on %s', (databaseName) => {
  let fixture: ProviderFixture;
  const path = '/content/dam/t/topic.dita';

  beforeAll(async () => {
    fixture = await ProviderFixture.open('jcr', databaseName);
    await fixture.put([path]);
  });
  afterAll(() => fixture.close());

  it('are typed as in AEM from the asset down to the bytes of its original', async () => {
    const rows = await fixture.database.reader.query<{ path: string; primary_type: string }>('SELECT path, primary_type FROM jcr_node ORDER BY path');
    expect(rows.map((row) => [row.path, row.primary_type])).toEqual([
      ['/content', 'sling:Folder'],
      ['/content/dam', 'sling:Folder'],
      ['/content/dam/t', 'sling:Folder'],
      [path, 'dam:Asset'],
      [`${path}/jcr:content`, 'dam:AssetContent'],
      [`${path}/jcr:content/metadata`, 'nt:unstructured'],
      [`${path}/jcr:content/renditions`, 'nt:folder'],
      [`${path}/jcr:content/renditions/original`, 'nt:file'],
      [`${path}/jcr:content/renditions/original/jcr:content`, 'nt:resource'],
    ]);
    const resource = await propertiesOf(fixture, `${path}/jcr:content/renditions/original/jcr:content`);
    expect(resource.get('jcr:data')).toMatchObject({ type: 'BINARY', value: (await fixture.ref(path)).sha256 });
    expect((await propertiesOf(fixture, path)).get('jcr:created')).toMatchObject({ type: 'DATE', value: expect.stringMatching(/^\d{4}-.*Z$/) });
  });

  it('carry typed, ordered, multi-valued properties under the names of AEM, and lose what no longer applies', async () => {
    const ref = await fixture.ref(path);
    const topicrefs = ['/content/dam/t/\u{1f600}.dita', "/content/dam/t/o'clock.dita", '/content/dam/t/a.dita', '/content/dam/t/a.dita'];
    const image = { widthPx: 640, heightPx: 480, format: 'png', orientation: 6 };
    const apply = (patch: ReturnType<typeof patchOf>) => fixture.database.run((tx) => fixture.repository.apply([patch], tx));
    await apply(patchOf(ref, 'GUID-1', { title: 'T', ditaClass: '- topic/topic ', image }, { topicrefs }));
    const content = await propertiesOf(fixture, `${path}/jcr:content`);
    expect(content.get('fmditaTopicrefs')).toEqual({ name: 'fmditaTopicrefs', type: 'STRING', value: topicrefs });
    expect(content.get('dita_class')).toEqual({ name: 'dita_class', type: 'STRING', value: '- topic/topic ' });
    const metadata = await propertiesOf(fixture, `${path}/jcr:content/metadata`);
    expect(metadata.get('tiff:ImageWidth')).toEqual({ name: 'tiff:ImageWidth', type: 'LONG', value: '640' });
    expect(metadata.get('tiff:ImageLength')).toEqual({ name: 'tiff:ImageLength', type: 'LONG', value: '480' });
    expect(metadata.get('dam:size')).toMatchObject({ type: 'LONG', value: String(ref.sizeBytes) });
    await apply(patchOf(ref, 'GUID-1', {}, { topicrefs: ['/content/dam/t/one.dita'] }));
    const later = await propertiesOf(fixture, `${path}/jcr:content`);
    expect(later.get('fmditaTopicrefs')?.value).toEqual(['/content/dam/t/one.dita']);
    expect([...later.keys()]).not.toContain('dita_class');
    expect([...(await propertiesOf(fixture, `${path}/jcr:content/metadata`)).keys()]).not.toContain('tiff:ImageWidth');
  });

  it('get a rendition once and its new bytes later', async () => {
    const ref = await fixture.ref(path);
    const thumbnail = `${path}/jcr:content/renditions/cq5dam.thumbnail.319.319.png`;
    for (const bytes of ['first', 'second']) {
      const blob = await fixture.blobs.stage(Buffer.from(bytes));
      const renditions = [{ name: 'cq5dam.thumbnail.319.319.png', mimeType: 'image/png', blob }];
      await fixture.database.run((tx) => fixture.repository.apply([patchOf(ref, 'GUID-1', {}, { renditions })], tx));
      expect((await propertiesOf(fixture, `${thumbnail}/jcr:content`)).get('jcr:data')?.value).toBe(blob.sha256);
    }
    expect(await fixture.database.reader.query('SELECT 1 AS one FROM jcr_node WHERE path = ?', [thumbnail])).toHaveLength(1);
    expect(await fixture.pathsBelow('/content/dam/t')).toEqual([path]);
  });

  it('go with the asset, properties too, and none of its neighbour', async () => {
    const neighbour = `${path}.bak`;
    await fixture.put([neighbour]);
    await fixture.database.run((tx) => fixture.repository.remove([path], tx));
    const nodes = await fixture.database.reader.query<{ path: string }>("SELECT path FROM jcr_node WHERE path >= '/content/dam/t/' ORDER BY path");
    expect(nodes.map((node) => node.path).filter((node) => !node.startsWith(neighbour))).toEqual([]);
    expect(nodes).toHaveLength(6);
    expect(await fixture.database.reader.query('SELECT DISTINCT p.node_id FROM jcr_property p LEFT JOIN jcr_node n ON n.id = p.node_id WHERE n.id IS NULL')).toEqual([]);
  });
});
