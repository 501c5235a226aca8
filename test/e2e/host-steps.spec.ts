import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type INestApplicationContext, Inject, Injectable, Module, type Provider } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  ASSET_PROCESSING,
  type AssetSource,
  type Extraction,
  type FindingsApi,
  FINDINGS_API,
  GuidesProcessingModule,
  JOB_STORE,
  type Job,
  type JobStore,
  PROCESSING_API,
  type ProcessingApi,
  ProcessingStep,
} from '../../src/index.js';
import { writeTree } from '../support/sample-tree.js';
import { ServiceData } from '../support/service-data.js';

const PATH = '/content/dam/notes';
const FILES = ['alpha', 'beta', 'forbidden', 'slow'].map((name) => ({ path: `${name}.md`, content: `# ${name}\n`, succeeds: true }));

/** A service of the host that a step needs. */
@Injectable()
class Glossary {
  readonly terms = ['alpha', 'beta'];
}

@ProcessingStep({ order: 1 })
@Injectable()
class TermsStep implements ProcessingStep {
  readonly name = 'terms';
  readonly version: number = 1;
  constructor(@Inject(Glossary) private readonly glossary: Glossary) {}

  process(asset: AssetSource, soFar: Extraction): Extraction {
    const text = Buffer.from(asset.bytes).toString();
    const keywords = this.glossary.terms.filter((term) => text.includes(term));
    // What the step before it has added is there.
    const { metadata } = soFar.facts;
    return { ...soFar, facts: { ...soFar.facts, metadata: { ...metadata, keywords: [...metadata.keywords, ...keywords] } } };
  }
}

@ProcessingStep()
@Injectable()
class PolicyStep implements ProcessingStep {
  readonly name = 'policy';
  readonly version = 1;

  async process(asset: AssetSource, soFar: Extraction): Promise<Extraction> {
    if (asset.path.includes('forbidden')) throw new Error('This word is not allowed.');
    if (asset.path.includes('slow')) await new Promise(() => undefined);
    return { ...soFar, facts: { ...soFar.facts, metadata: { authors: ['policy'], keywords: ['checked'] } } };
  }
}

describe("a host's own steps", () => {
  let data: ServiceData;
  const source = mkdtempSync(join(tmpdir(), 'guides-steps-'));

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
    @Module({ imports: [GuidesProcessingModule.forRoot({ settings: data.settings })], providers: [Glossary, ...providers] })
    class HostModule {}
    const app = await NestFactory.createApplicationContext(HostModule, { logger: false, abortOnError: false });
    return app;
  }

  async function processed(app: INestApplicationContext): Promise<{ job: Job; log: string; keywords: Record<string, string[]> }> {
    const options = { strict: false } as const;
    const api = app.get<ProcessingApi>(PROCESSING_API, options);
    const { processingId } = await api.start({ path: PATH, type: ASSET_PROCESSING, filter: { filterProcessedAssets: true } }, 'host');
    let job = (await api.snapshot(processingId)).job;
    while (job.status !== 'SUCCESS' && job.status !== 'FAILED') job = (await api.snapshot(processingId)).job;
    let log = '';
    for await (const text of app.get<JobStore>(JOB_STORE, options).streamLog(processingId)) log += text;
    const keywords: Record<string, string[]> = {};
    for await (const record of app.get<FindingsApi>(FINDINGS_API, options).report(PATH)) {
      const { path, metadata } = record as { path: string; metadata: { keywords: string[] } };
      keywords[path.slice(PATH.length + 1)] = metadata.keywords;
    }
    return { job, log, keywords };
  }

  it('run in their order, with what the host provides; one that throws or hangs fails its asset alone', async () => {
    const app = await host(TermsStep, PolicyStep);
    const { job, log, keywords } = await processed(app);
    await app.close();
    expect(job.counts).toMatchObject({ total: 4, succeeded: 2, failed: 2 });
    expect(keywords).toMatchObject({ 'alpha.md': ['checked', 'alpha'], 'beta.md': ['checked', 'beta'] });
    expect(log).toContain('/forbidden.md FAILED policy: INTERNAL: This word is not allowed.');
    expect(log).toContain('/slow.md FAILED policy: TIME_LIMIT: It took longer than 500 ms.');
  });

  it('make every asset count as unprocessed when their version rises, and only then', async () => {
    const same = await host(TermsStep, PolicyStep);
    expect((await processed(same)).job.counts.total).toBe(2);
    await same.close();

    @ProcessingStep({ order: 1 })
    @Injectable()
    class NewTermsStep extends TermsStep {
      override readonly version = 2;
    }
    const newer = await host(NewTermsStep, PolicyStep);
    expect((await processed(newer)).job.counts.total).toBe(4);
    await newer.close();
  });

  @ProcessingStep()
  class NoStep {}
  @ProcessingStep()
  class SecondParse implements ProcessingStep {
    readonly name: string = 'parse';
    readonly version = 1;
    process(_: AssetSource, soFar: Extraction): Extraction {
      return soFar;
    }
  }
  @ProcessingStep({ order: NaN })
  class Disordered extends SecondParse {
    override readonly name: string = 'other';
  }
  it.each<[string, Provider, string]>([
    ['of no order', Disordered, 'Disordered: the order of @ProcessingStep() must be a number.'],
    ['that are none', NoStep, 'NoStep has @ProcessingStep() but is no processing step'],
    ['of a name that is taken', SecondParse, 'There are two processing steps "parse": one of the module and SecondParse.'],
  ])('%s stop the start', async (_, provider, message) => {
    const app = await host(provider).then(
      () => null,
      (error: unknown) => error,
    );
    expect(app).toMatchObject({ message: expect.stringContaining(message) });
  });
});
