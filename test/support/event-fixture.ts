import { ASSET_PROCESSED, type NewEvent } from '../../src/contracts/events.js';
import type { EventName } from '../../src/contracts/events.js';
import { EventDispatcher } from '../../src/modules/events/event-dispatcher.js';
import { EventFilter } from '../../src/modules/events/event-filter.js';
import { OutboxPublisher } from '../../src/modules/events/outbox-publisher.js';
import type { Receiver } from '../../src/modules/events/receiver.js';
import type { DeliverySettings } from '../../src/modules/events/receiver-loop.js';
import { WebhookReceiver } from '../../src/modules/events/webhook-receiver.js';
import { SqlEventOutbox } from '../../src/repository/events/event-outbox.store.js';
import type { Database } from '../../src/repository/unit-of-work/database.js';
import { untilTrue } from './cluster.js';
import { type DatabaseName, TestDatabase } from './databases.js';
import type { WebhookServer } from './webhook-server.js';

export const SECRET = 'a secret of the tests';
/** Looks often and comes back soon. */
const QUICK: DeliverySettings = { maxAttempts: 5, retryDelayMs: 1, maxRetryDelayMs: 4, leaseMs: 5000, pollMs: 2 };

/** An outbox on a database of a test's own, and the processes that deliver what is in it. */
export class EventFixture {
  private readonly dispatchers: EventDispatcher[] = [];

  private constructor(
    private readonly testDatabase: TestDatabase,
    readonly database: Database,
    readonly outbox: SqlEventOutbox,
  ) {}

  static async create(name: DatabaseName): Promise<EventFixture> {
    const testDatabase = await TestDatabase.create(name);
    const database = await testDatabase.open();
    return new EventFixture(testDatabase, database, new SqlEventOutbox(database));
  }

  get url(): string {
    return this.testDatabase.url;
  }

  get folder(): string {
    return this.testDatabase.folder;
  }

  /** Commits events of assets, one portion for each call. */
  async announce(receivers: readonly Receiver[], paths: readonly string[], errorMsg?: string): Promise<void> {
    const publisher = new OutboxPublisher(this.outbox, receivers);
    await this.database.run((tx) => publisher.stage(paths.map((path) => assetEvent(path, errorMsg)), tx));
  }

  /** A process of its own, with connections of its own. */
  async deliver(receivers: readonly Receiver[], change: Partial<DeliverySettings> = {}, owner = 'tests'): Promise<EventDispatcher> {
    const outbox = new SqlEventOutbox(await this.testDatabase.open({ migrate: false }));
    const ready = Promise.resolve();
    const dispatcher = new EventDispatcher(outbox, () => receivers.map((receiver) => ({ receiver, ready })), owner, () => false, { ...QUICK, ...change });
    this.dispatchers.push(dispatcher);
    await dispatcher.start();
    return dispatcher;
  }

  async count(table: 'portion' | 'letter', where = '1 = 1'): Promise<number> {
    const [row] = await this.database.reader.query<{ n: number | string }>(`SELECT COUNT(*) AS n FROM guides_event_${table} WHERE ${where}`);
    return Number(row?.n);
  }

  /** Nothing waits any more; dead letters may be there. */
  async emptied(): Promise<void> {
    await untilTrue('an empty outbox', async () => (await this.count('portion')) + (await this.count('letter', 'died_at = 0')) === 0);
  }

  async drop(): Promise<void> {
    await Promise.all(this.dispatchers.map((dispatcher) => dispatcher.stop(0)));
    await this.testDatabase.drop();
  }
}

export function assetEvent(path: string, errorMsg?: string): NewEvent {
  const status = errorMsg === undefined ? 'SUCCESS' : 'FAILED';
  return { name: ASSET_PROCESSED, processingId: 'job', path, eventType: 'CREATE', status, ...(errorMsg === undefined ? {} : { errorMsg }), uuid: 'GUID-1' };
}

export function webhookTo(server: Pick<WebhookServer, 'url'>, change: { name?: string; maxEvents?: number; timeoutMs?: number; events?: EventName[]; pathPrefix?: string } = {}): WebhookReceiver {
  const { name = 'hook', maxEvents = 100, timeoutMs = 5000 } = change;
  const filter = new EventFilter(change.events ?? null, change.pathPrefix ?? null, true);
  return new WebhookReceiver({ name, url: server.url, secret: SECRET, maxEvents, timeoutMs }, filter);
}
