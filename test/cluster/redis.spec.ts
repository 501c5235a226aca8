import { Cluster, untilTrue } from '../support/cluster.js';
import { TestDatabase } from '../support/databases.js';
import { RedisServer } from '../support/redis-server.js';
import type { SpawnedService } from '../support/spawned-service.js';

const ASSETS = 1200;

jest.setTimeout(120_000);

describe('one api and two workers on MariaDB and Redis', () => {
  let database: TestDatabase;
  let redis: RedisServer;
  let cluster: Cluster;
  let api: SpawnedService;
  let workers: SpawnedService[];

  const start = async (): Promise<void> => {
    const environment = { REDIS_URL: redis.url };
    [api, ...workers] = await Promise.all([cluster.start('api', environment), cluster.start('worker', environment), cluster.start('worker', environment)]);
  };

  beforeAll(async () => {
    redis = await RedisServer.start();
    database = await TestDatabase.create('MariaDB');
    cluster = new Cluster(database.url, ASSETS);
    await cluster.import();
  });
  afterEach(async () => {
    await cluster.endAll();
    await redis.stop();
    await redis.startAgain();
  });
  afterAll(async () => {
    await cluster.remove();
    await database.drop();
    await redis.remove();
  });

  it('share a job; each asset is done once, and no message is left', async () => {
    await start();
    const processingId = await api.startJob(cluster.path);
    await cluster.untilWorkedOnBy(2);
    await cluster.expectExact(api, processingId);
    await untilTrue('no message left', () => redis.command(async (client) => (await client.keys('guides:batches:*/*')).length === 0));
  });

  it('the api does no work, and a worker serves nothing but its health', async () => {
    api = await cluster.start('api', { REDIS_URL: redis.url });
    const processingId = await api.startJob(cluster.path);
    const worker = await cluster.start('worker', { REDIS_URL: redis.url });
    const answers = await Promise.all([worker.ask('/health/live'), worker.ask('/health/ready'), worker.ask('/assets/process/history')]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 400]);
    await cluster.expectExact(api, processingId);
  });

  it('an api alone leaves a job WAITING until a worker comes', async () => {
    api = await cluster.start('api', { REDIS_URL: redis.url });
    const processingId = await api.startJob(cluster.path);
    // Longer than any sweep would take: a second job is there, and neither is taken up.
    const other = await api.startJob(`${cluster.path}/area-0`);
    expect((await api.status(processingId)).status).toBe('WAITING');
    expect((await api.status(other)).status).toBe('WAITING');
    await cluster.start('worker', { REDIS_URL: redis.url });
    await api.finished(other);
    await cluster.expectExact(api, processingId);
  });

  it('kill -9 of a worker in the middle: the other one finishes, exact', async () => {
    await start();
    const processingId = await api.startJob(cluster.path);
    await cluster.until(api, processingId, 200);
    await cluster.untilWorkedOnBy(2);
    await workers[0]?.end('SIGKILL');
    await cluster.expectExact(api, processingId);
  });

  it('FLUSHALL in the middle costs time only', async () => {
    await start();
    const processingId = await api.startJob(cluster.path);
    for (const done of [200, 500, 800]) {
      await cluster.until(api, processingId, done);
      await redis.command((client) => client.flushall());
    }
    await cluster.expectExact(api, processingId);
  });

  it('Redis goes in the middle and does not come back: the job ends, requests are answered, and the log says so once', async () => {
    await start();
    const processingId = await api.startJob(cluster.path);
    await cluster.until(api, processingId, 200);
    await redis.stop();
    const asked = performance.now();
    const other = await api.startJob(`${cluster.path}/area-0`);
    expect(performance.now() - asked).toBeLessThan(2000);
    await api.finished(other);
    await cluster.expectExact(api, processingId);
    for (const worker of workers) {
      const end = await worker.end('SIGTERM');
      expect(end).toEqual({ code: 0, signal: null });
    }
    expect(await api.end('SIGTERM')).toEqual({ code: 0, signal: null });
  });

  it('Redis is restarted empty in the middle, and is used again afterwards', async () => {
    await start();
    const processingId = await api.startJob(cluster.path);
    await cluster.until(api, processingId, 200);
    await redis.stop();
    await cluster.until(api, processingId, 500);
    await redis.startAgain();
    await cluster.expectExact(api, processingId);
    const next = await api.startJob(cluster.path);
    await untilTrue('messages again', () => redis.command(async (client) => (await client.keys('guides:batches:*')).length > 0));
    await cluster.expectExact(api, next);
  });

  it('Redis stands still (SIGSTOP) in the middle: the job goes on without it', async () => {
    await start();
    const processingId = await api.startJob(cluster.path);
    await cluster.until(api, processingId, 200);
    await redis.freeze();
    await cluster.expectExact(api, processingId);
  });

  it('services start without Redis, and use it once it is there', async () => {
    await redis.stop();
    await start();
    const processingId = await api.startJob(cluster.path);
    await cluster.until(api, processingId, 100);
    await redis.startAgain();
    await cluster.expectExact(api, processingId);
  });
});
