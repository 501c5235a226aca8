import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { VARIABLES } from '../../src/settings-layers.js';
import { loadSettings } from '../../src/settings.js';
import { Cluster } from '../support/cluster.js';
import { TestDatabase } from '../support/databases.js';
import { RedisServer } from '../support/redis-server.js';

const ROOT = join(__dirname, '../..');
const GUIDES_CONFIG = join(ROOT, 'config/cluster.yaml');
const NOT_SETTINGS = ['ADMIN_PASSWORD', 'GUIDES_CONFIG'];

interface Compose {
  services: Record<string, { build?: string; environment: Record<string, string>; ports?: string[]; deploy?: { replicas: number } }>;
}

jest.setTimeout(120_000);

describe('the deployment that is shown', () => {
  const { services } = parse(readFileSync(join(ROOT, 'compose.yaml'), 'utf8'), { merge: true }) as Compose;

  it('is one api and two workers, and the only port is on this machine', () => {
    const own = Object.values(services).filter(({ build }) => build !== undefined);
    expect(own.map(({ environment, deploy }) => [environment.ROLE, deploy?.replicas ?? 1])).toEqual([['api', 1], ['worker', 2]]);
    expect(Object.values(services).flatMap(({ ports = [] }) => ports)).toEqual(['127.0.0.1:4502:4502']);
  });

  it('sets nothing that the service does not know, and no secret', () => {
    for (const { build, environment } of Object.values(services)) {
      if (build === undefined) continue;
      expect(Object.keys(environment).filter((name) => !(name in VARIABLES) && !NOT_SETTINGS.includes(name))).toEqual([]);
      expect(environment.DATABASE_URL).toContain(':${DATABASE_PASSWORD:?');
      expect(environment.ADMIN_PASSWORD ?? '${').toContain('${');
    }
  });

  it('has a configuration in which every setting is right', () => {
    expect(loadSettings({ GUIDES_CONFIG })).toMatchObject({ http: { host: '0.0.0.0' }, metrics: { port: 9464 }, processing: { leaseMs: 15_000 } });
  });

  it('processes a tree with that configuration, an api and two workers on MariaDB and Redis', async () => {
    const redis = await RedisServer.start();
    const database = await TestDatabase.create('MariaDB');
    const cluster = new Cluster(database.url, 300);
    const shared = mkdtempSync(join(tmpdir(), 'guides-shared-'));
    try {
      await cluster.import();
      const environment = { GUIDES_CONFIG, REDIS_URL: redis.url, BLOB_FOLDER: shared, HOST: '127.0.0.1', METRICS_PORT: '0', TRUSTED_PROXIES: '0' };
      const [api] = await Promise.all([cluster.start('api', environment), cluster.start('worker', environment), cluster.start('worker', environment)]);
      await cluster.expectExact(api, await api.startJob(cluster.path));
    } finally {
      await cluster.remove();
      await database.drop();
      await redis.remove();
      rmSync(shared, { recursive: true });
    }
  });
});
