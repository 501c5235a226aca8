import { Cluster } from '../support/cluster.js';
import { DATABASES, TestDatabase } from '../support/databases.js';

const INSTANCES = 5;

jest.setTimeout(120_000);

describe.each(DATABASES)('%s', (name) => {
  let database: TestDatabase;
  let cluster: Cluster;

  beforeAll(async () => {
    database = await TestDatabase.create(name);
    cluster = new Cluster(database.url, 60);
  });
  afterAll(async () => {
    await cluster.remove();
    await database.drop();
  });

  it(`${INSTANCES} instances that start at once on an empty database all come up, on one schema, and share it`, async () => {
    const instances = await Promise.all(Array.from({ length: INSTANCES }, () => cluster.spawn('all')));
    await Promise.all(instances.map((instance) => instance.listening()));
    const migrations = await cluster.withDatabase(({ reader }) => reader.query<{ name: string }>('SELECT name FROM guides_migration ORDER BY id'));
    expect(new Set(migrations.map((migration) => migration.name)).size).toBe(migrations.length);
    await cluster.import();
    const [first] = instances;
    if (!first) throw new Error('There is no instance.');
    await cluster.expectExact(first, await first.startJob(cluster.path));
  });
});
