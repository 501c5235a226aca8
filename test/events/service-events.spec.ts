import { ASSET_PROCESSED, type AssetProcessedEvent, JOB_EVENTS, type JobEvent, type ProcessingEvent } from '../../src/contracts/events.js';
import type { GuidesSettings } from '../../src/contracts/settings.js';
import { ASSET_PROCESSING } from '../../src/contracts/job.js';
import { EVENT_OUTBOX } from '../../src/contracts/tokens.js';
import type { SqlEventOutbox } from '../../src/repository/events/event-outbox.store.js';
import { untilTrue } from '../support/cluster.js';
import { DATABASES } from '../support/databases.js';
import { Gate, holdFrom, intercept } from '../support/held-calls.js';
import { ImportedTree } from '../support/imported-tree.js';
import type { RunningService } from '../support/running-service.js';
import { sampleTree } from '../support/sample-tree.js';
import { WebhookServer } from '../support/webhook-server.js';

const ASSETS = 120;
const FINAL = ['guides/job/completed', 'guides/job/failed', 'guides/job/cancelled'];

jest.setTimeout(60_000);

function assetsOf(events: readonly ProcessingEvent[]): AssetProcessedEvent[] {
  return events.filter((event): event is AssetProcessedEvent => event.name === ASSET_PROCESSED);
}

function jobsOf(events: readonly ProcessingEvent[], processingId: string): JobEvent[] {
  return events.filter((event): event is JobEvent => event.name !== ASSET_PROCESSED && event.processingId === processingId);
}

describe.each(DATABASES)('events of a service on %s', (database) => {
  const tree = new ImportedTree('/content/dam/events', sampleTree(ASSETS), {}, database);
  let server: WebhookServer;

  beforeAll(() => {
    process.env.GUIDES_TEST_WEBHOOK_SECRET = 'a secret of the tests';
  });
  afterAll(() => {
    delete process.env.GUIDES_TEST_WEBHOOK_SECRET;
  });
  beforeEach(async () => {
    server = await WebhookServer.start();
  });
  afterEach(() => server.close());

  function settings(fires = true, hasWebhook = true): Partial<GuidesSettings> {
    const webhooks = hasWebhook ? [{ url: server.url, name: 'hook', secret: 'env:GUIDES_TEST_WEBHOOK_SECRET', secretFile: null, events: null, pathPrefix: null }] : [];
    return { events: { ...tree.settings.events, firePostProcessingEvents: fires, webhooks } };
  }

  async function delivered(service: RunningService): Promise<void> {
    await untilTrue('an empty outbox', async () => {
      const rows = await service.database.reader.query('SELECT 1 AS one FROM guides_event_portion UNION ALL SELECT 1 AS one FROM guides_event_letter');
      return rows.length === 0;
    });
  }

  it('tell each asset once, as it is stored: CREATE, then MODIFY; and the start and the end of each job', async () => {
    const service = await tree.open(undefined, settings());
    const first = await service.start(tree.path);
    await tree.expectExact(service, first);
    await delivered(service);
    const events = assetsOf(server.events);
    expect(events).toHaveLength(ASSETS);
    const paths = events.map(({ path }) => path);
    expect(new Set(paths).size).toBe(ASSETS);
    const records = await service.records.find(paths);
    for (const event of events) {
      const record = records.get(event.path);
      expect(event).toMatchObject({ processingId: first, eventType: 'CREATE', status: record?.outcome, uuid: record?.uuid });
      expect(event.errorMsg).toBe(record?.facts.error ? `${record.facts.error.code}: ${record.facts.error.message}` : undefined);
    }
    expect(events.filter(({ status }) => status === 'FAILED')).toHaveLength(tree.whole.failed);
    const { total, failed } = tree.whole;
    const job = { type: ASSET_PROCESSING, path: tree.path, dryRun: false, createdBy: 'tester' };
    expect(jobsOf(server.events, first)).toEqual([
      expect.objectContaining({ name: 'guides/job/started', status: 'IN_PROGRESS', ...job }),
      expect.objectContaining({ name: 'guides/job/completed', status: 'SUCCESS', counts: { total, succeeded: total - failed, failed, skipped: 0 }, ...job }),
    ]);

    const second = await service.start(tree.path);
    await service.ended(second);
    await delivered(service);
    const again = assetsOf(server.events).filter(({ processingId }) => processingId === second);
    expect(again).toHaveLength(ASSETS);
    expect(new Set(again.map(({ eventType }) => eventType))).toEqual(new Set(['MODIFY']));
    expect(new Map(again.map(({ path, uuid }) => [path, uuid]))).toEqual(new Map(events.map(({ path, uuid }) => [path, uuid])));
    expect(new Set(server.events.map(({ id }) => id)).size).toBe(2 * ASSETS + 4);
  });

  it('are not written where nobody listens, and those of assets not before they are switched on', async () => {
    const silent = await tree.open(undefined, settings(true, false));
    const outbox = silent.app.get<SqlEventOutbox>(EVENT_OUTBOX, { strict: false });
    const written: number[] = [];
    intercept(outbox, 'append', (go, portions) => {
      written.push(portions.length);
      return go();
    });
    await silent.ended(await silent.start(tree.path));
    expect(written).toEqual([]);
    await tree.close(silent);

    const jobsOnly = await tree.open(undefined, settings(false));
    const processingId = await jobsOnly.start(tree.path);
    await jobsOnly.ended(processingId);
    await delivered(jobsOnly);
    expect(server.events.map(({ name }) => name)).toEqual(['guides/job/started', 'guides/job/completed']);
  });

  it('have one final event for each run of a job: cancelled, resumed, completed', async () => {
    const gate = new Gate();
    const service = await tree.open((opened) => intercept(opened.jobs, 'commitBatch', holdFrom(2, gate)), settings());
    const processingId = await service.start(tree.path);
    await gate.reached;
    const cancelled = service.api.cancel(processingId, 'tester');
    gate.open();
    await cancelled;
    await expect(service.api.cancel(processingId, 'tester')).rejects.toThrow('cannot be cancelled');
    const { job } = await service.api.snapshot(processingId);
    await delivered(service);
    // What is told is what is committed, no more and no less.
    expect(assetsOf(server.events)).toHaveLength(job.counts.succeeded + job.counts.failed);
    await service.api.resume(processingId, 'tester');
    await service.ended(processingId);
    await delivered(service);
    const names = jobsOf(server.events, processingId).map(({ name }) => name);
    expect(names).toEqual(['guides/job/started', 'guides/job/cancelled', 'guides/job/resumed', 'guides/job/completed']);
    expect(names.filter((name) => FINAL.includes(name))).toHaveLength(2);
    expect(assetsOf(server.events)).toHaveLength(ASSETS);
    expect(new Set(assetsOf(server.events).map(({ path }) => path)).size).toBe(ASSETS);
  });

  it('tell of a batch that could not commit at first only what was committed in the end; a refused asset as FAILED', async () => {
    const poison = tree.pathOf(sampleTree(ASSETS)[3]);
    const service = await tree.open((opened) => {
      intercept(opened.records, 'save', async (go, records) => {
        if (records.some(({ path }) => path === poison)) throw new Error('No room for this one.');
        await go();
      });
    }, settings());
    const processingId = await service.start(tree.path);
    const { counts } = await service.ended(processingId);
    await delivered(service);
    const events = assetsOf(server.events);
    expect(events).toHaveLength(ASSETS);
    expect(events.filter(({ status }) => status === 'FAILED')).toHaveLength(counts.failed);
    expect(events.find(({ path }) => path === poison)).toMatchObject({
      eventType: 'CREATE',
      status: 'FAILED',
      uuid: null,
      errorMsg: 'The result could not be stored: No room for this one.',
    });
  });

  it('say that a job failed', async () => {
    const service = await tree.open((opened) => intercept(opened.jobs, 'savePlan', () => Promise.reject(new Error('No plan.'))), settings());
    const processingId = await service.start(tree.path);
    await service.ended(processingId);
    await delivered(service);
    const told = jobsOf(server.events, processingId);
    expect(told.map(({ name }) => name)).toEqual(['guides/job/started', 'guides/job/failed']);
    expect(told[1]).toMatchObject({ status: 'FAILED', comments: expect.stringContaining('No plan.') });
    expect(JOB_EVENTS).toContain(told[1]?.name);
  });
});
