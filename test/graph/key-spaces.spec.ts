import { DATABASES, TestDatabase } from '../support/databases.js';
import { intercept } from '../support/held-calls.js';
import { findingsOf, keySpacesOf } from '../support/findings-of.js';
import { RunningService } from '../support/running-service.js';
import { ServiceData } from '../support/service-data.js';

const ROOT = '/content/dam/k';
const KEYS = 3000;

/** A map whose keys all lead to the topic; the line of each key is its number. */
function mapOf(id: string, keys: number, changed = -1): string {
  const definitions = Array.from({ length: keys }, (_, i) => `<keydef keys="${id}${i}" href="t.dita"><topicmeta><navtitle>${i === changed ? 'changed' : i}</navtitle></topicmeta></keydef>`);
  return `<map id="${id}">${definitions.join('\n')}</map>`;
}

describe.each(DATABASES)('stored key spaces on %s', (databaseName) => {
  let data: ServiceData;
  let database: TestDatabase;
  let service: RunningService;
  /** Rows of keys that each renewal wrote and removed. */
  let renewals: { written: number; removed: number }[];

  beforeAll(async () => {
    data = ServiceData.create({ sweepMs: 20, workerThreads: 1 });
    database = await TestDatabase.create(databaseName);
    service = await RunningService.open({ ...data.settings, databaseUrl: database.url });
    intercept(keySpacesOf(service), 'save', async (go) => {
      const saved = await go();
      renewals.push(saved);
      return saved;
    });
    await service.put(`${ROOT}/root.ditamap`, '<map id="r"><mapref href="a.ditamap"/><mapref href="b.ditamap" keyscope="s"/><keydef keys="own" href="gone.dita"/></map>');
    await service.put(`${ROOT}/a.ditamap`, mapOf('a', KEYS));
    await service.put(`${ROOT}/b.ditamap`, mapOf('b', 10));
    await service.put(`${ROOT}/t.dita`, '<topic id="t"><title>T</title></topic>');
    await process();
  });
  afterAll(async () => {
    await service.close();
    await database.drop();
    data.remove();
  });
  beforeEach(() => {
    renewals = [];
  });

  it('are written once, and a key is then found without reading the maps', async () => {
    expect(await find(`a${KEYS - 1}`)).toEqual([`root:null a.ditamap:${KEYS} t.dita`]);
    expect(renewals).toEqual([{ written: KEYS + 1 + 2 * 10, removed: 0 }]);
    expect(await find('b3')).toEqual(['s:0 b.ditamap:4 t.dita']);
    expect(await find('s.b3')).toEqual(['root:null b.ditamap:4 t.dita']);
    expect(await find('unknown')).toEqual([]);
    expect(renewals).toHaveLength(1);
  });

  it('are renewed where a submap has changed, row by row', async () => {
    await service.put(`${ROOT}/a.ditamap`, mapOf('a', KEYS, 7));
    await process();
    const [line] = await lookups('a7');
    expect(line?.definitions[0]?.binding.text).toBe('changed');
    expect(renewals).toEqual([{ written: 1, removed: 0 }]);
  });

  it('lose the keys that a submap no longer has', async () => {
    await service.put(`${ROOT}/b.ditamap`, mapOf('b', 4));
    await process();
    expect(await find('b9')).toEqual([]);
    expect(renewals).toEqual([{ written: 0, removed: 2 * 6 }]);
  });

  it('follow targets that come and go, though no map has changed', async () => {
    expect(await statusOfOwn()).toBe('missing-file');
    await service.put(`${ROOT}/gone.dita`, '<topic id="g"><title>G</title><body><p><ph keyref="own"/></p></body></topic>');
    await service.put(`${ROOT}/uses.ditamap`, '<map><topicref href="gone.dita"/><topicref keyref="own"/><keydef keys="own" href="gone.dita"/></map>');
    await process();
    expect(await statusOfOwn()).toBe('ok');
  });

  it('end with their root map', async () => {
    await service.remove(`${ROOT}/uses.ditamap`);
    await process();
    const rows = await service.database.reader.query('SELECT * FROM guides_key_space');
    expect(rows).toHaveLength(1);
  });

  it('leave a map alone that another one has come to include', async () => {
    await service.put(`${ROOT}/above.ditamap`, '<map><mapref href="root.ditamap"/></map>');
    await process();
    expect((await lookups('own')).map(({ rootMap }) => rootMap)).toEqual([`${ROOT}/above.ditamap`]);
  });

  it('are those of each map of a cycle, until another map includes one of it, and again afterwards', async () => {
    await service.put(`${ROOT}/c/one.ditamap`, '<map><mapref href="two.ditamap"/><keydef keys="round" href="../t.dita"/></map>');
    await service.put(`${ROOT}/c/two.ditamap`, '<map><mapref href="one.ditamap"/></map>');
    await process();
    const rootMaps = async () => (await lookups('round')).map(({ rootMap }) => rootMap.slice(ROOT.length + 1));
    expect(await rootMaps()).toEqual(['c/one.ditamap', 'c/two.ditamap']);
    await service.put(`${ROOT}/c/out.ditamap`, '<map><mapref href="two.ditamap"/></map>');
    await process();
    expect(await rootMaps()).toEqual(['c/out.ditamap']);
    await service.put(`${ROOT}/c/one.ditamap`, '<map><mapref href="two.ditamap"/></map>');
    await process();
    await service.remove(`${ROOT}/c/out.ditamap`);
    await process();
    expect(await rootMaps()).toEqual([]);
    expect(await spacesOf('c')).toEqual(['one.ditamap: one.ditamap two.ditamap', 'two.ditamap: one.ditamap two.ditamap']);
    await service.put(`${ROOT}/c/one.ditamap`, '<map><keydef keys="round" href="../t.dita"/></map>');
    await process();
    expect(await rootMaps()).toEqual(['c/two.ditamap']);
  });

  async function spacesOf(folder: string): Promise<string[]> {
    const spaces = [];
    for await (const { rootMap, maps } of findingsOf(service).keySpaces(`${ROOT}/${folder}`)) spaces.push(`${rootMap}: ${maps.join(' ')}`.replaceAll(`${ROOT}/${folder}/`, ''));
    return spaces;
  }

  async function process(): Promise<void> {
    expect((await service.ended(await service.start(ROOT))).status).toBe('SUCCESS');
  }

  async function lookups(key: string) {
    const found = [];
    for await (const lookup of findingsOf(service).findKey(ROOT, key)) found.push(lookup);
    return found;
  }

  async function find(key: string): Promise<string[]> {
    return (await lookups(key)).flatMap(({ definitions }) =>
      definitions.map(({ scope, binding }) => `${scope.names.join(' ') || 'root'}:${scope.parent} ${binding.definedIn}:${binding.line} ${binding.target}`.replaceAll(`${ROOT}/`, '')),
    );
  }

  /** Status of the href of the key `own`. */
  async function statusOfOwn(): Promise<unknown> {
    const { references } = await findingsOf(service).references(`${ROOT}/root.ditamap`, 'outgoing', null, 10);
    return references.find(({ raw }) => raw === 'gone.dita')?.status;
  }
});
