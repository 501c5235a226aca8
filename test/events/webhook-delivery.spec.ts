import { Logger } from '@nestjs/common';
import type { ProcessingEvent } from '../../src/contracts/events.js';
import { OutboxPublisher } from '../../src/modules/events/outbox-publisher.js';
import { untilTrue } from '../support/cluster.js';
import { DATABASES } from '../support/databases.js';
import { assetEvent, EventFixture, SECRET, webhookTo } from '../support/event-fixture.js';
import { Gate } from '../support/held-calls.js';
import { freePort } from '../support/spawned-service.js';
import { WebhookServer } from '../support/webhook-server.js';

const paths = (count: number, from = 0): string[] => Array.from({ length: count }, (_, i) => `/content/dam/a${from + i}.dita`);
const pathsOf = (events: readonly ProcessingEvent[]): string[] => events.map(({ path }) => path);

beforeAll(() => Logger.overrideLogger(false));

describe.each(DATABASES)('webhooks, with the outbox on %s', (name) => {
  let fixture: EventFixture;
  let server: WebhookServer;

  beforeEach(async () => {
    fixture = await EventFixture.create(name);
    server = await WebhookServer.start();
  });
  afterEach(async () => {
    await fixture.drop();
    await server.close();
  });

  it('get each event once, in the order of commit, in requests of the size that is set; the outbox is empty then', async () => {
    const hook = webhookTo(server, { maxEvents: 4 });
    await fixture.announce([hook], paths(10));
    await fixture.announce([hook], paths(3, 10));
    await fixture.deliver([hook]);
    await fixture.emptied();
    expect(pathsOf(server.events)).toEqual(paths(13));
    expect(server.requests.map(({ events }) => events.length)).toEqual([4, 4, 2, 3]);
    expect(new Set(server.events.map(({ id }) => id)).size).toBe(13);
    const { headers } = server.requests[0] ?? {};
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'x-guides-signature': expect.stringMatching(/^t=\d{10},v1=[0-9a-f]{64}$/) });
    expect(await fixture.count('letter')).toBe(0);
  });

  it('never hear of what was rolled back', async () => {
    const hook = webhookTo(server);
    const publisher = new OutboxPublisher(fixture.outbox, [hook]);
    const undone = fixture.database.run(async (tx) => {
      await publisher.stage([assetEvent('/content/dam/undone.dita')], tx);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    await fixture.announce([hook], ['/content/dam/done.dita']);
    await fixture.deliver([hook]);
    await fixture.emptied();
    expect(pathsOf(server.events)).toEqual(['/content/dam/done.dita']);
  });

  it('that fail for a while get everything once they are back, and the same id at each try', async () => {
    server.answer = (_, number) => ({ status: [500, 503, 429, 408][number - 1] ?? 204 });
    const hook = webhookTo(server);
    await fixture.announce([hook], paths(5));
    await fixture.announce([hook], paths(5, 5));
    await fixture.deliver([hook]);
    await fixture.emptied();
    const delivered = server.requests.slice(4).flatMap(({ events }) => events);
    expect(pathsOf(delivered).sort()).toEqual(paths(10).sort());
    const ids = new Map<string, Set<string>>();
    for (const { path, id } of server.events) ids.set(path, (ids.get(path) ?? new Set()).add(id));
    expect([...ids.values()].map((set) => set.size)).toEqual(new Array(10).fill(1));
    expect(await fixture.outbox.deadLetters({}, 10)).toEqual([]);
  });

  it('keep the order of each asset: what comes later waits until the earlier event is delivered or dead, others go on', async () => {
    const [restless, other] = ['/content/dam/restless.dita', '/content/dam/other.dita'];
    let refusals = 0;
    // Refuses whatever has the first event of the asset in it, three times.
    server.answer = ({ events }) => (events.some(({ path, status }) => path === restless && status === 'FAILED') && ++refusals <= 3 ? { status: 400 } : { status: 200 });
    const hook = webhookTo(server);
    await fixture.announce([hook], [restless, other], 'first');
    await fixture.announce([hook], [restless, other]);
    await fixture.announce([hook], [restless]);
    await fixture.deliver([hook]);
    await fixture.emptied();
    const taken = server.requests.filter((_, i) => !isRefused(server, i, restless)).flatMap(({ events }) => events);
    expect(taken.filter(({ path }) => path === restless).map((event) => 'status' in event && event.status)).toEqual(['FAILED', 'SUCCESS', 'SUCCESS']);
    expect(taken.filter(({ path }) => path === other).map((event) => 'status' in event && event.status)).toEqual(['FAILED', 'SUCCESS']);
    expect(refusals).toBe(4);
  });

  it('that refuse one event get all others; the one is a dead letter after its tries, can be listed and sent again', async () => {
    const poison = '/content/dam/a3.dita';
    let isCured = false;
    server.answer = ({ events }) => ({ status: !isCured && events.some(({ path }) => path === poison) ? 422 : 200 });
    const hook = webhookTo(server);
    await fixture.announce([hook], paths(6));
    await fixture.announce([hook], [poison, '/content/dam/later.dita']);
    await fixture.deliver([hook], { maxAttempts: 3 });
    await fixture.emptied();
    const dead = await fixture.outbox.deadLetters({ receiver: 'hook' }, 10);
    expect(dead.map(({ event, attempts, reason }) => ({ path: event.path, attempts, reason }))).toEqual([
      { path: poison, attempts: 3, reason: 'It answered 422.' },
      { path: poison, attempts: 3, reason: 'It answered 422.' },
    ]);
    const isTaken = ({ events }: { events: ProcessingEvent[] }): boolean => !events.some(({ path }) => path === poison);
    expect(pathsOf(server.requests.filter(isTaken).flatMap(({ events }) => events)).sort()).toEqual([...paths(6).filter((path) => path !== poison), '/content/dam/later.dita'].sort());

    isCured = true;
    expect(await fixture.outbox.redeliver({ eventId: dead[1]?.event.id ?? '' })).toBe(1);
    expect(await fixture.outbox.redeliver({ receiver: 'another' })).toBe(0);
    expect(await fixture.outbox.redeliver({})).toBe(1);
    await fixture.emptied();
    expect(await fixture.outbox.deadLetters({}, 10)).toEqual([]);
    expect(server.requests.slice(-2).flatMap(({ events }) => events.map(({ id }) => id)).sort()).toEqual(dead.map(({ event }) => event.id).sort());
  });

  it('that answer 410 are not tried again: the events are dead at once', async () => {
    server.answer = () => ({ status: 410 });
    const hook = webhookTo(server);
    await fixture.announce([hook], paths(2));
    await fixture.deliver([hook]);
    await fixture.emptied();
    expect(server.requests).toHaveLength(1);
    expect((await fixture.outbox.deadLetters({}, 10)).map(({ reason }) => reason)).toEqual(['It answered 410.', 'It answered 410.']);
  });

  it('that answer slowly or never hold up no other; the time for an answer is bounded', async () => {
    const stuck = await WebhookServer.start();
    try {
      stuck.answer = () => () => undefined;
      const receivers = [webhookTo(stuck, { name: 'stuck', timeoutMs: 200 }), webhookTo(server, { name: 'quick', maxEvents: 1 })];
      await fixture.announce(receivers, paths(20));
      await fixture.deliver(receivers, { maxAttempts: 1000 });
      await server.until('all events at the quick one', (events) => events.length === 20);
      await untilTrue('a second try at the stuck one', () => Promise.resolve(stuck.requests.length >= 2));
      stuck.answer = () => ({ status: 200 });
      await fixture.emptied();
      expect(server.events).toHaveLength(20);
      expect(new Set(pathsOf(stuck.events))).toEqual(new Set(paths(20)));
    } finally {
      await stuck.close();
    }
  });

  it('of different names and paths get what is for them', async () => {
    const inA = webhookTo(server, { name: 'a', pathPrefix: '/content/dam/a' });
    const jobs = webhookTo(server, { name: 'jobs', events: ['guides/job/completed'] });
    expect([inA.hears('guides/job/failed'), jobs.hears('guides/job/failed')]).toEqual([true, false]);
    await fixture.announce([inA, jobs], ['/content/dam/a', '/content/dam/a/x.dita', '/content/dam/ab.dita', '/content/dam/b/y.dita']);
    expect(await fixture.count('portion')).toBe(1);
    await fixture.deliver([inA, jobs]);
    await fixture.emptied();
    expect(pathsOf(server.events)).toEqual(['/content/dam/a', '/content/dam/a/x.dita']);
  });

  it('on two instances: both deliver, and nothing is sent twice', async () => {
    const hook = webhookTo(server, { maxEvents: 3 });
    await Promise.all([fixture.deliver([hook], {}, 'one'), fixture.deliver([hook], {}, 'two')]);
    for (let i = 0; i < 20; i++) await fixture.announce([hook], paths(10, i * 10));
    await fixture.emptied();
    expect(pathsOf(server.events)).toEqual(paths(200));
  });

  it('on two instances: what one has in hand when it stands still, the other takes over when the lease ends', async () => {
    const gate = new Gate();
    server.answer = (_, number) => (number === 1 ? (response) => void gate.pass().then(() => response.end()) : { status: 200 });
    const hook = webhookTo(server, { timeoutMs: 60_000 });
    await fixture.announce([hook], paths(3));
    const stuck = await fixture.deliver([hook], { leaseMs: 150 }, 'one');
    // Its heartbeat stands still too, as with SIGSTOP.
    jest.spyOn(global, 'setInterval').mockImplementationOnce(() => setTimeout(() => undefined, 0));
    await server.until('the request that is stuck', (events) => events.length === 3);
    await fixture.deliver([hook], {}, 'two');
    await fixture.emptied();
    expect(pathsOf(server.events)).toEqual([...paths(3), ...paths(3)]);
    await fixture.announce([hook], paths(1, 3));
    await fixture.emptied();
    // Its own claim is over: what it settles now is thrown away.
    gate.open();
    await stuck.stop(1000);
    expect(pathsOf(server.events).slice(6)).toEqual(paths(1, 3));
    expect(await fixture.count('letter')).toBe(0);
  });

  it('at the end of a process: the request in flight ends within the time that is left, nothing is lost', async () => {
    const gate = new Gate();
    server.answer = () => (response) => void gate.pass().then(() => response.end());
    const hook = webhookTo(server, { maxEvents: 2 });
    await fixture.announce([hook], paths(4));
    const first = await fixture.deliver([hook]);
    await server.until('the first request', (events) => events.length === 2);
    const stopped = first.stop(5000);
    gate.open();
    await stopped;
    expect(pathsOf(server.events)).toEqual(paths(2));

    const closed = new Gate();
    server.answer = () => (response) => void closed.pass().then(() => response.end());
    const second = await fixture.deliver([hook]);
    await server.until('the second request', (events) => events.length === 4);
    await second.stop(1);
    closed.open();
    server.answer = () => ({ status: 200 });
    await fixture.deliver([hook]);
    await fixture.emptied();
    // The one that was cut off may have arrived: it comes again.
    expect(pathsOf(server.events)).toEqual([...paths(4), ...paths(2, 2)]);
  });

  it('are forgotten with what they never took, after the time that everything is kept', async () => {
    server.answer = () => ({ status: 410 });
    const hook = webhookTo(server);
    await fixture.announce([hook], paths(3));
    const dispatcher = await fixture.deliver([hook]);
    await fixture.emptied();
    await dispatcher.stop(1000);
    await fixture.announce([hook], paths(2));
    expect(await fixture.outbox.purge(Date.now() - 3_600_000)).toBe(false);
    expect([await fixture.count('letter'), await fixture.count('portion')]).toEqual([3, 1]);
    while (await fixture.outbox.purge(Date.now() + 3_600_000));
    expect([await fixture.count('letter'), await fixture.count('portion')]).toEqual([0, 0]);
  });
});

/** As the receiver of the order test answered. */
function isRefused(server: WebhookServer, index: number, restless: string): boolean {
  const hasFirst = (events: readonly ProcessingEvent[]): boolean => events.some((event) => event.path === restless && 'status' in event && event.status === 'FAILED');
  const before = server.requests.slice(0, index + 1).filter(({ events }) => hasFirst(events)).length;
  return hasFirst(server.requests[index]?.events ?? []) && before <= 3;
}

describe('a request to a webhook', () => {
  let server: WebhookServer;
  const event = { id: 'e1', name: 'com/adobe/guides/postprocess/complete', occurredAt: '', processingId: 'p', path: '/content/dam/a.dita', eventType: 'CREATE', status: 'SUCCESS', uuid: null } as const;
  const failureOf = async (): Promise<unknown> => (await webhookTo(server, { timeoutMs: 300 }).deliver([event], new AbortController().signal)).get('e1') ?? null;

  beforeEach(async () => {
    server = await WebhookServer.start();
  });
  afterEach(() => server.close());

  it('follows no redirect', async () => {
    const elsewhere = await WebhookServer.start();
    server.answer = () => ({ status: 307, headers: { location: elsewhere.url } });
    expect(await failureOf()).toMatchObject({ reason: 'It answered 307; redirects are not followed.', isFinal: false });
    expect(elsewhere.requests).toEqual([]);
    await elsewhere.close();
  });

  it('takes an answer without end for what its status says, and reads no more than a bounded part of it', async () => {
    let written = 0;
    server.answer = () => (response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384))) written += 16_384;
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    };
    expect(await failureOf()).toBeNull();
    expect(written).toBeLessThan(32 * 1024 * 1024);
  });

  it.each([
    ['120', 120_000],
    ['999999999', 3_600_000],
    ['soon', null],
  ])('reads Retry-After: %s', async (header, retryAfterMs) => {
    server.answer = () => ({ status: 503, headers: { 'retry-after': header } });
    expect(await failureOf()).toMatchObject({ reason: 'It answered 503.', isOfReceiver: true, retryAfterMs });
  });

  it('tells why there was no answer, without the URL and the secret', async () => {
    server.answer = () => () => undefined;
    expect(await failureOf()).toMatchObject({ reason: 'No answer in 300 ms.' });
    server.answer = () => (response) => response.destroy();
    expect(await failureOf()).toMatchObject({ reason: 'No answer: UND_ERR_SOCKET' });
    const failure = (await webhookTo({ url: `http://127.0.0.1:${await freePort()}/?token=hidden` }).deliver([event], new AbortController().signal)).get('e1');
    expect(failure?.reason).toBe('No answer: ECONNREFUSED');
    expect(JSON.stringify(failure)).not.toMatch(new RegExp(`hidden|${SECRET}`));
  });
});
