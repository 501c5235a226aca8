import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type INestApplicationContext, Injectable, Module, type Provider } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  type AssetSource,
  GuidesProcessingModule,
  JOB_STORE,
  JobType,
  type Job,
  type JobStore,
  type JobTypeResult,
  PROCESSING_API,
  type ProcessingApi,
  type StartRequest,
  type Tx,
  UNIT_OF_WORK,
  type UnitOfWork,
} from '../../src/index.js';
import { writeTree } from '../support/sample-tree.js';
import { ServiceData } from '../support/service-data.js';

const PATH = '/content/dam/notes';
const FILES = ['alpha', 'beta', 'forbidden', 'slow'].map((name) => ({ path: `${name}.md`, content: `# ${name}\n`, succeeds: true }));

/** Counts the words of each asset into a table of the host's, in the database of the module. */
@JobType()
@Injectable()
class WordCount implements JobType<number> {
  readonly name = 'WORD_COUNT';
  refused = 1;

  async process(asset: AssetSource): Promise<number> {
    if (asset.path.includes('forbidden')) throw new Error('This file is not counted.');
    if (asset.path.includes('slow')) await new Promise(() => undefined);
    return Buffer.from(asset.bytes).toString().trim().split(/\s+/).length;
  }

  async store(results: readonly JobTypeResult<number>[], tx: Tx): Promise<void> {
    for (const { ref, result } of results) await tx.execute('INSERT INTO word_count (path, words) VALUES (?, ?)', [ref.path, result]);
    // A batch that fails after it has written leaves nothing behind.
    if (this.refused-- > 0) throw new Error('The disk of the host is full.');
  }
}

describe("a host's own type of job", () => {
  let data: ServiceData;
  const source = mkdtempSync(join(tmpdir(), 'guides-types-'));

  beforeAll(async () => {
    writeTree(source, FILES);
    data = ServiceData.create({ workerThreads: 1, limits: { maxXmlBytes: 1e6, maxElementDepth: 100, maxParseMs: 500, maxEntityExpansionChars: 1000, maxImageMegapixels: 1 } });
    await data.import(source, PATH);
  });
  afterAll(() => {
    data.remove();
    rmSync(source, { recursive: true, force: true });
  });

  async function host(...providers: Provider[]): Promise<INestApplicationContext> {
    @Module({ imports: [GuidesProcessingModule.forRoot({ settings: data.settings })], providers })
    class HostModule {}
    return NestFactory.createApplicationContext(HostModule, { logger: false, abortOnError: false });
  }

  async function ended(app: INestApplicationContext, request: StartRequest): Promise<{ job: Job; log: string }> {
    const api = app.get<ProcessingApi>(PROCESSING_API, { strict: false });
    const { processingId } = await api.start(request, 'host');
    let job = (await api.snapshot(processingId)).job;
    while (job.status !== 'SUCCESS' && job.status !== 'FAILED') job = (await api.snapshot(processingId)).job;
    let log = '';
    for await (const text of app.get<JobStore>(JOB_STORE, { strict: false }).streamLog(processingId)) log += text;
    return { job, log };
  }

  it('works on the selected assets, and stores each result exactly once, whatever fails in between', async () => {
    const app = await host(WordCount);
    const database = app.get<UnitOfWork>(UNIT_OF_WORK, { strict: false });
    await database.run((tx) => tx.execute('CREATE TABLE word_count (path TEXT PRIMARY KEY, words INTEGER)'));
    const { job, log } = await ended(app, { path: PATH, type: 'WORD_COUNT' });
    const rows = await database.run((tx) => tx.query('SELECT path, words FROM word_count ORDER BY path'));
    await app.close();
    expect(job).toMatchObject({ type: 'WORD_COUNT', status: 'SUCCESS', counts: { total: 4, succeeded: 2, failed: 2 } });
    expect(rows).toEqual([
      { path: `${PATH}/alpha.md`, words: 2 },
      { path: `${PATH}/beta.md`, words: 2 },
    ]);
    expect(log).toContain('/alpha.md SUCCESS MARKDOWN\n');
    expect(log).toContain('/forbidden.md FAILED WORD_COUNT: INTERNAL: This file is not counted.');
    expect(log).toContain('/slow.md FAILED WORD_COUNT: TIME_LIMIT: It took longer than 500 ms.');
  });

  it('is refused by name where it is not registered, and with a filter that it cannot have', async () => {
    const app = await host(WordCount);
    const api = app.get<ProcessingApi>(PROCESSING_API, { strict: false });
    await expect(api.start({ path: PATH, type: 'WORD_COUNTS' }, 'host')).rejects.toThrow('this service has ASSET_PROCESSING, WORD_COUNT.');
    await expect(api.start({ path: PATH, type: 'WORD_COUNT', filter: { filterProcessedAssets: true } }, 'host')).rejects.toThrow('have no such filter');
    await app.close();
  });

  @JobType()
  class NoType {
    readonly name = 'NO_TYPE';
  }
  @JobType()
  class Again extends WordCount {}
  it.each<[string, Provider[], string]>([
    ['that are none', [NoType], 'NoType has @JobType() but is no job type'],
    ['of one name', [WordCount, Again], 'There are two job types "WORD_COUNT": WordCount and Again.'],
  ])('%s stop the start', async (_, providers, message) => {
    const app = await host(...providers).then(
      () => null,
      (error: unknown) => error,
    );
    expect(app).toMatchObject({ message: expect.stringContaining(message) });
  });
});
