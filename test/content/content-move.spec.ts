import { InvalidPathError, InvalidRequestError } from '../../src/contracts/errors.js';
import { DATABASES, TestDatabase } from '../support/databases.js';
import { RunningService } from '../support/running-service.js';
import { ServiceData } from '../support/service-data.js';
import { topicOf } from '../support/sample-tree.js';

const DAM = '/content/dam';
/** A folder of nodes, and one of rows. */
const MOUNTED = [DAM, '/content/rows'];

describe.each(DATABASES)('moving content on %s', (databaseName) => {
  let data: ServiceData;
  let database: TestDatabase;
  let service: RunningService;

  beforeAll(async () => {
    data = ServiceData.create({ sweepMs: 20, workerThreads: 1 });
    database = await TestDatabase.create(databaseName);
    const mounts = { '/content': 'jcr', '/content/rows': 'database', '/content/rows/inner': 'jcr', '/data': 'database' };
    service = await RunningService.open({ ...data.settings, databaseUrl: database.url, mounts });
    for (const path of [`${DAM}/a/x.dita`, '/content/rows/f/x.dita', '/content/rows/inner/x.dita', '/data/x.dita']) await service.put(path, topicOf(path));
  });
  afterAll(async () => {
    await service.close();
    await database.drop();
    data.remove();
  });

  it.each([
    [`${DAM}/a`, `${DAM}/a`, 'cannot be moved to itself'],
    [`${DAM}/a/`, `//content/dam/a//b`, `${DAM}/a cannot be moved into itself: ${DAM}/a/b lies below it.`],
    [`${DAM}/a`, '/content/rows/g', 'belong to different mounts'],
    ['/content/rows/f', `${DAM}/g`, 'belong to different mounts'],
    ['/content/rows/f', '/data/f', 'belong to different mounts'],
    [`${DAM}/a`, '/nowhere/a', 'belong to different mounts'],
    ['/nowhere/a', `${DAM}/b`, 'Nothing that can be written to is mounted at /nowhere/a.'],
    ['/content/rows', '/content/rows2', 'belong to different mounts'],
    ['/content', '/content2', 'belong to different mounts'],
    ['/data', '/content/b', 'belong to different mounts'],
    ['/content/rows/inner', '/content/rows/inner2', 'belong to different mounts'],
    [`${DAM}/none`, `${DAM}/b`, `There is no asset or folder at ${DAM}/none.`],
    [`${DAM}/a/x.dita`, `${DAM}/a/x.dita/y`, 'into itself'],
    [`${DAM}/a/x.dita`, DAM, `${DAM} exists already.`],
    ['/', '/b', 'Nothing that can be written to is mounted at /.'],
  ])('from %s to %s is refused', async (from, to, sentence) => {
    await expect(service.move(from, to)).rejects.toThrow(InvalidRequestError);
    await expect(service.move(from, to)).rejects.toThrow(sentence);
  });

  it.each([
    [`${DAM}/a`, `${DAM}/../b`],
    [`${DAM}/a`, `${DAM}/b\u0007`],
    [`${DAM}/a`, 'b'],
    ['a', `${DAM}/b`],
    [`${DAM}/a`, `${DAM}/\ud800`],
    [`${DAM}/a`, `${DAM}/${'é'.repeat(1030)}`],
  ])('from %j to %j is refused as no path', async (from, to) => {
    await expect(service.move(from, to)).rejects.toThrow(InvalidPathError);
  });

  it('forgets what was known of assets that stood at the new place', async () => {
    const [old, now] = [`${DAM}/forget/old.dita`, `${DAM}/forget/new.dita`];
    await service.put(old, topicOf('Moved', ['gone.dita']));
    await service.put(now, topicOf('Deleted'));
    await service.put(`${DAM}/forget/refers.dita`, topicOf('Refers', ['new.dita', 'old.dita']));
    expect((await service.ended(await service.start(`${DAM}/forget`))).status).toBe('SUCCESS');
    await service.remove(now);
    const uuid = (await service.records.find([old])).get(old)?.uuid;
    await service.move(old, now);
    expect([...(await service.records.find([old, now])).values()]).toMatchObject([{ path: now, uuid, facts: { title: 'Moved' }, pipelineVersion: 'moved' }]);
    expect((await service.ended(await service.start(`${DAM}/a`))).status).toBe('SUCCESS');
    const [refers] = [...(await service.records.find([`${DAM}/forget/refers.dita`])).values()];
    const outgoing = (await service.graph.outgoing([refers?.id ?? -1])).get(refers?.id ?? -1);
    expect(outgoing?.map(({ raw, status }) => `${raw} ${status}`)).toEqual(expect.arrayContaining(['new.dita ok', 'old.dita missing-file']));
  });

  it('two at once to the same place: one of them wins', async () => {
    for (let i = 0; i < 10; i++) {
      const places = [`${DAM}/race${i}/a.dita`, `${DAM}/race${i}/b.dita`];
      for (const place of places) await service.put(place, topicOf(place));
      const ends = await Promise.allSettled(places.map((place) => service.move(place, `${DAM}/race${i}/c.dita`)));
      expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(ends.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { message: `${DAM}/race${i}/c.dita exists already.` } });
    }
  });

  it('two at once of one folder to different places: one of them wins, and the tree stays sound', async () => {
    for (let i = 0; i < 10; i++) {
      const from = `${MOUNTED[i % 2]}/parting${i}`;
      await service.put(`${from}/a/x.dita`, topicOf('x'));
      const ends = await Promise.allSettled(['left', 'right'].map((to) => service.move(from, `${from}-${to}`)));
      expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(ends.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { message: `There is no asset or folder at ${from}.` } });
    }
    expect(await nodesWithoutTheirParent()).toEqual([]);
  });

  it('two at once into each other, and uploads meanwhile, leave every node below its parent', async () => {
    for (let i = 0; i < 10; i++) {
      const [one, other] = [`${DAM}/swap${i}/one`, `${DAM}/swap${i}/other`];
      for (const path of [`${one}/x.dita`, `${other}/x.dita`]) await service.put(path, topicOf(path));
      const puts = ['y', 'z'].flatMap((name) => [one, other].map((folder) => service.put(`${folder}/new/${name}.dita`, topicOf(name))));
      await Promise.allSettled([service.move(one, `${other}/one`), ...puts, service.move(other, `${one}/other`)]);
      for (const put of await Promise.allSettled(puts)) expect(put.status).toBe('fulfilled');
    }
    expect(await nodesWithoutTheirParent()).toEqual([]);
  });

  async function nodesWithoutTheirParent(): Promise<string[]> {
    const rows = await service.database.reader.query<{ path: string; name: string; parent: string | null }>(
      'SELECT n.path, n.name, p.path AS parent FROM jcr_node n LEFT JOIN jcr_node p ON p.id = n.parent_id',
    );
    return rows.filter(({ path, name, parent }) => path !== `${parent ?? ''}/${name}`).map(({ path }) => path);
  }
});
