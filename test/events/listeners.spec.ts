import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type INestApplicationContext, Injectable, Module, type Provider } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventEmitter2, EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import { EVENT_OUTBOX } from '../../src/contracts/tokens.js';
import {
  ASSET_PROCESSED,
  ASSET_PROCESSING,
  type AssetProcessedEvent,
  GuidesProcessingModule,
  JOB_COMPLETED,
  type JobEvent,
  PROCESSING_API,
  type ProcessingApi,
} from '../../src/index.js';
import type { EventOutbox } from '../../src/contracts/event-outbox.js';
import { untilTrue } from '../support/cluster.js';
import { writeTree } from '../support/sample-tree.js';
import { ServiceData } from '../support/service-data.js';

const PATH = '/content/dam/heard';
const FILES = ['alpha', 'beta', 'gamma'].map((name) => ({ path: `${name}.md`, content: `# ${name}\n`, succeeds: true }));
const RETRIES = { maxAttempts: 3, retryDelayMs: 1, maxRetryDelayMs: 2, timeoutMs: 200 };

const heard: { by: string; path: string; id: string }[] = [];
let throwFor: (path: string) => boolean = () => false;

@Injectable()
class SearchIndex {
  @OnEvent(ASSET_PROCESSED, { suppressErrors: false })
  async onProcessed(event: AssetProcessedEvent): Promise<void> {
    heard.push({ by: 'index', path: event.path, id: event.id });
    if (throwFor(event.path)) throw new Error('The index is full.');
    if (event.path.endsWith('beta.md') && event.eventType === 'MODIFY') await new Promise(() => undefined);
  }
}

@Injectable()
class Mailer {
  @OnEvent(JOB_COMPLETED)
  onCompleted({ path, id }: JobEvent): void {
    heard.push({ by: 'mailer', path, id });
  }
}

describe("a host's listeners", () => {
  const source = mkdtempSync(join(tmpdir(), 'guides-listeners-'));
  let imported: ServiceData;
  let data: ServiceData;
  let app: INestApplicationContext;

  beforeAll(async () => {
    writeTree(source, FILES);
    imported = ServiceData.create({ workerThreads: 1, sweepMs: 10 });
    await imported.import(source, PATH);
  });
  afterAll(() => {
    imported.remove();
    rmSync(source, { recursive: true, force: true });
  });
  beforeEach(() => {
    data = imported.copy();
    heard.length = 0;
    throwFor = () => false;
  });
  afterEach(async () => {
    await app.close();
    data.remove();
  });

  async function host(fires: boolean, ...providers: Provider[]): Promise<void> {
    const { databaseUrl, dataDir, processing, schedule } = data.settings;
    const settings = { databaseUrl, dataDir, processing, schedule, events: { firePostProcessingEvents: fires, ...RETRIES } };
    @Module({ imports: [EventEmitterModule.forRoot(), GuidesProcessingModule.forRoot({ settings })], providers })
    class HostModule {}
    app = await NestFactory.createApplicationContext(HostModule, { logger: false, abortOnError: false });
  }

  async function process(): Promise<void> {
    const api = app.get<ProcessingApi>(PROCESSING_API, { strict: false });
    const { processingId } = await api.start({ path: PATH, type: ASSET_PROCESSING }, 'host');
    await untilTrue('the end of the job', async () => (await api.snapshot(processingId)).job.status === 'SUCCESS');
  }

  const outbox = (): EventOutbox => app.get<EventOutbox>(EVENT_OUTBOX, { strict: false });
  const by = (who: string): string[] => heard.filter((one) => one.by === who).map(({ path }) => path.slice(PATH.length + 1));
  const emptied = (): Promise<void> =>
    untilTrue('an empty outbox', async () => !(await outbox().oldestPortion('listeners')) && (await outbox().waitingKeys('listeners', FILES.map(({ path }) => `${PATH}/${path}`))).size === 0);

  it('hear of each asset and of the end of the job', async () => {
    await host(true, SearchIndex, Mailer);
    await process();
    await emptied();
    expect(by('index').sort()).toEqual(['alpha.md', 'beta.md', 'gamma.md']);
    expect(heard.filter(({ by: who }) => who === 'mailer')).toHaveLength(1);
  });

  it('of assets hear nothing before they are switched on', async () => {
    await host(false, SearchIndex, Mailer);
    await process();
    await untilTrue('the mail', () => Promise.resolve(heard.length > 0));
    expect(heard.map(({ by: who }) => who)).toEqual(['mailer']);
  });

  it('that throw are asked again with the same event, and then it is a dead letter; that hang are given up; the job goes on', async () => {
    throwFor = (path) => path.endsWith('gamma.md');
    await host(true, SearchIndex);
    await process();
    await emptied();
    expect(by('index').filter((name) => name === 'gamma.md')).toHaveLength(3);
    expect(new Set(heard.filter(({ path }) => path.endsWith('gamma.md')).map(({ id }) => id)).size).toBe(1);
    expect(await outbox().deadLetters({}, 10)).toEqual([
      expect.objectContaining({ receiver: 'listeners', attempts: 3, reason: 'A listener threw: The index is full.', event: expect.objectContaining({ path: `${PATH}/gamma.md` }) }),
    ]);

    throwFor = () => false;
    heard.length = 0;
    await process();
    await emptied();
    expect(by('index').filter((name) => name !== 'beta.md').sort()).toEqual(['alpha.md', 'gamma.md']);
    expect((await outbox().deadLetters({}, 10)).map(({ reason }) => reason).sort()).toEqual(['A listener threw: The index is full.', 'A listener took longer than 200 ms.']);
  });

  it('that nobody has cost nothing: nothing is written', async () => {
    await host(true);
    await process();
    expect(app.get(EventEmitter2, { strict: false }).hasListeners(ASSET_PROCESSED)).toBe(false);
    expect(await outbox().oldestPortion('listeners')).toBeNull();
  });
});
