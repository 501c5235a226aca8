import type { NestExpressApplication } from '@nestjs/platform-express';
import { setTimeout as delay } from 'node:timers/promises';
import { AppModule } from '../../src/app.module.js';
import { createApp } from '../../src/app.js';
import type { AssetRecordStore, ReferenceGraph } from '../../src/contracts/asset-records.js';
import type { WritableAssetRepository } from '../../src/contracts/asset-repository.js';
import type { BlobStore } from '../../src/contracts/blob-store.js';
import { ASSET_PROCESSING, type Job, type JobFilter, type JobStore } from '../../src/contracts/job.js';
import type { Pipeline } from '../../src/contracts/pipeline.js';
import type { ProcessingApi } from '../../src/contracts/processing-api.js';
import type { GuidesSettings } from '../../src/contracts/settings.js';
import { ASSET_REPOSITORY, BLOB_STORE, JOB_STORE, PIPELINE, PROCESSING_API, RECORD_STORE, REFERENCE_GRAPH, UNIT_OF_WORK } from '../../src/contracts/tokens.js';
import { contentMove } from '../../src/modules/composition/content-move.factory.js';
import type { MountedAssetRepository } from '../../src/repository/mounted-asset.repository.js';
import type { Database } from '../../src/repository/unit-of-work/database.js';
import { holdToDocument } from './documented-answers.js';
import { testUsers } from './http-service.js';
import { leftovers, verdictsOf } from './job-evidence.js';
import { testLog } from './test-log.js';

/** Between two looks at a job. */
const POLL_MS = 3;
/** Less than a test may take, so that a job that stands still is shown, and not only a timeout. */
const GIVE_UP_MS = 30_000;

/** The whole service in this process, its ports in reach, so that a test can stand in the way of any call. */
export class RunningService {
  readonly jobs: JobStore;
  readonly api: ProcessingApi;
  readonly pipeline: Pipeline;
  readonly records: AssetRecordStore;
  readonly graph: ReferenceGraph;
  readonly database: Database;
  readonly repository: MountedAssetRepository;
  readonly blobs: BlobStore;

  private constructor(
    readonly app: NestExpressApplication,
    private readonly settings: GuidesSettings,
  ) {
    const options = { strict: false } as const;
    this.jobs = app.get(JOB_STORE, options);
    this.api = app.get(PROCESSING_API, options);
    this.pipeline = app.get(PIPELINE, options);
    this.records = app.get(RECORD_STORE, options);
    this.graph = app.get(REFERENCE_GRAPH, options);
    this.database = app.get(UNIT_OF_WORK, options);
    this.repository = app.get(ASSET_REPOSITORY, options);
    this.blobs = app.get(BLOB_STORE, options);
  }

  /** @param prepare gets the service before its engine starts. */
  static async open(settings: GuidesSettings, prepare: (service: RunningService) => void = () => undefined): Promise<RunningService> {
    const app = await createApp(AppModule.forRoot({ ...settings, users: testUsers() }), testLog('silent'), settings.http.connections);
    app.useLogger(false);
    holdToDocument(app);
    try {
      const service = new RunningService(app, settings);
      prepare(service);
      await app.listen(0, '127.0.0.1');
      return service;
    } catch (error) {
      // Its threads and connections would keep the tests from ending.
      await app.close();
      throw error;
    }
  }

  async start(path: string, filter: Partial<JobFilter> = {}): Promise<string> {
    return (await this.api.start({ path, type: ASSET_PROCESSING, filter }, 'tester')).processingId;
  }

  async job(processingId: string): Promise<Job> {
    return (await this.api.snapshot(processingId)).job;
  }

  /** The job once `arrived` says yes of it. @throws after `GIVE_UP_MS`, with the job as it is then. */
  async jobWhen(processingId: string, arrived: (job: Job) => boolean): Promise<Job> {
    const giveUpAt = performance.now() + GIVE_UP_MS;
    for (;;) {
      const job = await this.job(processingId);
      if (arrived(job)) return job;
      if (performance.now() > giveUpAt) throw new Error(`What was waited for did not come in ${GIVE_UP_MS / 1000} s: ${await this.describe(job)}`);
      await delay(POLL_MS);
    }
  }

  ended(processingId: string): Promise<Job> {
    return this.jobWhen(processingId, ({ status }) => status !== 'WAITING' && status !== 'IN_PROGRESS');
  }

  async log(processingId: string): Promise<string[]> {
    let text = '';
    for await (const portion of this.jobs.streamLog(processingId)) text += portion;
    return text.split('\n').slice(0, -1);
  }

  /** What the log says of each asset. @throws when it names one twice. */
  async verdicts(processingId: string): Promise<Map<string, string>> {
    const verdicts = new Map<string, string>();
    for (const [path, said] of verdictsOf(await this.log(processingId))) {
      if (said.length !== 1) throw new Error(`${path} is in the log ${said.length} times: ${said.join(', ')}`);
      verdicts.set(path, said[0] ?? '');
    }
    return verdicts;
  }

  /** Creates or changes an asset. */
  async put(path: string, content: string): Promise<void> {
    const staged = await this.blobs.stage(Buffer.from(content));
    await this.database.run(async (tx) => {
      await this.blobs.commit([staged], tx);
      await this.writable(path).put([{ path, blob: staged, mimeType: 'application/xml', createdBy: 'tester', modifiedAtMs: Date.now() }], tx);
    });
  }

  async remove(path: string): Promise<void> {
    await this.database.run((tx) => this.writable(path).remove([path], tx));
  }

  async move(from: string, to: string): Promise<number> {
    return (await contentMove(this.settings, this.database).move(from, to)).assets;
  }

  close(): Promise<void> {
    return this.app.close();
  }

  private async describe(job: Job): Promise<string> {
    const due = await this.jobs.dueBatches(5);
    const { lines } = await this.jobs.readLog(job.processingId, { tail: 3 });
    return JSON.stringify({ job, due, left: await leftovers(this.settings.databaseUrl), lastLines: lines }, null, 1);
  }

  private writable(path: string): WritableAssetRepository {
    return this.repository.mountOf(path) as WritableAssetRepository;
  }
}
