import type { DeadLetter } from '../../src/contracts/event-outbox.js';
import { DATABASES } from '../support/databases.js';
import { EventFixture, webhookTo } from '../support/event-fixture.js';
import { type CliEnd, guides } from '../support/guides-cli.js';
import { WebhookServer } from '../support/webhook-server.js';

jest.setTimeout(60_000);

describe.each(DATABASES)('guides events, on %s', (name) => {
  let fixture: EventFixture;
  let server: WebhookServer;
  const run = (...args: string[]): Promise<CliEnd> => guides(['events', ...args], { env: { DATABASE_URL: fixture.url, DATA_DIR: fixture.folder } });

  beforeEach(async () => {
    fixture = await EventFixture.create(name);
    server = await WebhookServer.start();
  });
  afterEach(async () => {
    await fixture.drop();
    await server.close();
  });

  it('lists dead letters, and has those delivered again that are named', async () => {
    expect(await run('dead-letters')).toEqual({ code: 0, stdout: 'No dead letters.\n', stderr: '' });
    server.answer = () => ({ status: 410 });
    const [search, mail] = [webhookTo(server, { name: 'search' }), webhookTo(server, { name: 'mail' })];
    await fixture.announce([search, mail], ['/content/dam/a.dita', '/content/dam/b.dita']);
    const dispatcher = await fixture.deliver([search, mail]);
    await fixture.emptied();

    const { stdout } = await run('dead-letters', '--json');
    const letters = JSON.parse(stdout) as DeadLetter[];
    expect(letters.map(({ receiver, event, reason }) => `${receiver} ${event.path} ${reason}`).sort()).toEqual([
      'mail /content/dam/a.dita It answered 410.',
      'mail /content/dam/b.dita It answered 410.',
      'search /content/dam/a.dita It answered 410.',
      'search /content/dam/b.dita It answered 410.',
    ]);
    const lines = (await run('dead-letters', '--receiver', 'mail', '--limit', '1')).stdout;
    expect(lines).toMatch(/^\S+Z {2}\S{36} {2}mail {2}com\/adobe\/guides\/postprocess\/complete {2}\/content\/dam\/b\.dita {2}1 tries {2}It answered 410\.\n$/);

    expect(await run('redeliver')).toEqual({ code: 2, stdout: '', stderr: 'Say which: --receiver, --id or --all.\n' });
    server.answer = () => ({ status: 200 });
    server.requests.length = 0;
    const id = letters.find(({ receiver, event }) => receiver === 'search' && event.path.endsWith('a.dita'))?.event.id ?? '';
    expect((await run('redeliver', '--receiver', 'search', '--id', id)).stdout).toBe('1 event will be delivered again.\n');
    await fixture.emptied();
    expect(server.events.map((event) => event.id)).toEqual([id]);
    expect((await run('redeliver', '--all')).stdout).toBe('3 events will be delivered again.\n');
    await fixture.emptied();
    expect(server.events).toHaveLength(4);
    await dispatcher.stop(1000);
  });
});
