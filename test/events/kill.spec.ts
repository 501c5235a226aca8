import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { ASSET_PROCESSED, type ProcessingEvent } from '../../src/contracts/events.js';
import { DATABASES } from '../support/databases.js';
import { type FaultPoint, faultAt } from '../support/faulty-service.js';
import { ImportedTree } from '../support/imported-tree.js';
import { sampleTree } from '../support/sample-tree.js';
import { SpawnedService } from '../support/spawned-service.js';
import { WebhookServer } from '../support/webhook-server.js';

const ASSETS = 300;
const PROCESSING = { batchSize: 20, concurrency: 2, workerThreads: 1, leaseMs: 1500, sweepMs: 50, retryDelayMs: 100 };

jest.setTimeout(120_000);

describe.each(DATABASES)('kill -9 between commit and delivery, on %s', (database) => {
  const tree = new ImportedTree('/content/dam/killed', sampleTree(ASSETS), {}, database);
  let server: WebhookServer;
  let service: SpawnedService | null = null;

  beforeEach(async () => {
    server = await WebhookServer.start();
  });
  afterEach(async () => {
    await service?.end('SIGKILL');
    await server.close();
  });

  function environment(): Record<string, string> {
    const file = join(dirname(tree.environment.GUIDES_CONFIG ?? ''), 'events.yaml');
    const events = { firePostProcessingEvents: true, retryDelayMs: 10, webhooks: [{ url: server.url, name: 'hook', secret: 'env:HOOK_SECRET' }] };
    writeFileSync(file, stringify({ schedule: { enabled: false }, processing: PROCESSING, events }));
    return { ...tree.environment, GUIDES_CONFIG: file, HOOK_SECRET: 'a secret of the tests' };
  }

  async function diesAt(point: FaultPoint, nth: number): Promise<SpawnedService> {
    service = await SpawnedService.start({ ...environment(), ...faultAt(point, nth, 'SIGKILL') });
    return service;
  }

  it('all events of what was committed arrive, each with one id, and none of what was rolled back', async () => {
    const first = await diesAt('before-commit', 3);
    const processingId = await first.startJob(tree.path);
    expect(await first.ended).toMatchObject({ signal: 'SIGKILL' });
    // The receiver is away while the next one commits: all that it commits is delivered by others.
    server.answer = () => ({ status: 503 });
    const second = await diesAt('after-commit', 3);
    expect(await second.ended).toMatchObject({ signal: 'SIGKILL' });
    // The third dies with a request in flight that has arrived.
    let inFlight: readonly ProcessingEvent[] = [];
    const dying = SpawnedService.spawn(environment());
    server.answer = ({ events }) => (response) => {
      inFlight = events;
      void dying.then((spawned) => spawned.end('SIGKILL')).then(() => response.destroy());
    };
    const third = await dying;
    expect(await third.ended).toMatchObject({ signal: 'SIGKILL' });
    server.answer = () => ({ status: 200 });
    const repeatedFrom = server.requests.length;

    service = await SpawnedService.start(environment());
    await service.finished(processingId);
    await server.until('the end of the job', (events) => events.some(({ name }) => name === 'guides/job/completed'));
    await server.until('all assets', (events) => new Set(assetPaths(events)).size === ASSETS);
    const idsOf = new Map<string, Set<string>>();
    for (const { path, id } of server.events.filter(({ name }) => name === ASSET_PROCESSED)) idsOf.set(path, (idsOf.get(path) ?? new Set()).add(id));
    // Every asset was committed exactly once: a second id would be one of a batch that was rolled back.
    expect([...idsOf].filter(([, ids]) => ids.size !== 1)).toEqual([]);
    expect(idsOf.size).toBe(ASSETS);
    const again = new Set(server.requests.slice(repeatedFrom).flatMap(({ events }) => events.map(({ id }) => id)));
    expect(inFlight.length).toBeGreaterThan(0);
    expect(inFlight.filter(({ id }) => !again.has(id))).toEqual([]);
    const jobEvents = server.events.filter(({ name }) => name !== ASSET_PROCESSED);
    expect(new Set(jobEvents.map(({ name, id }) => `${name} ${id}`)).size).toBe(2);
  });
});

function assetPaths(events: readonly ProcessingEvent[]): string[] {
  return events.filter(({ name }) => name === ASSET_PROCESSED).map(({ path }) => path);
}
