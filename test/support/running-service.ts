import type { NestExpressApplication } from '@nestjs/platform-express';
import { setTimeout as delay } from 'node:timers/promises';
import { AppModule } from '../../src/app.module.js';
import { createApp } from '../../src/app.js';
import type { AssetRecordStore, ReferenceGraph } from '../../src/contracts/asset-records.js';
import type { WritableAssetRepository } from '../../src/contracts/asset-repository.js';
import type { BlobStore } from '../../src/contracts/blob-store.js';
import { ASSET_PROCESSING, type Job, type JobStore } from '../../src/contracts/job.js';
import type { Pipeline } from '../../src/contracts/pipeline.js';
import type { ProcessingApi } from '../../src/contracts/processing-api.js';
import type { GuidesSettings } from '../../src/contracts/settings.js';
import { ASSET_REPOSITORY, BLOB_STORE, JOB_STORE, PIPELINE, PROCESSING_API, RECORD_STORE, REFERENCE_GRAPH, UNIT_OF_WORK } from '../../src/contracts/tokens.js';
import type { MountedAssetRepository } from '../../src/repository/mounted-asset.repository.js';
import type { Database } from '../../src/repository/unit-of-work/database.js';
import { testUsers } from './http-service.js';
import { verdictsOf } from './job-evidence.js';

const POLL_MS = 3;

/** The whole service in this process, its ports in reach, so that a test can stand in the way of any call. */
export class RunningService {
  readonly jobs: JobStore = this.port(JOB_STORE);
  readonly api: ProcessingApi = this.port(PROCESSING_API);
  readonly pipeline: Pipeline = this.port(PIPELINE);
  readonly records: AssetRecordStore = this.port(RECORD_STORE);
  readonly graph: ReferenceGraph = this.port(REFERENCE_GRAPH);
  readonly database: Database = this.port(UNIT_OF_WORK);
  readonly repository: MountedAssetRepository = this.port(ASSET_REPOSITORY);
  private readonly blobs: BlobStore = this.port(BLOB_STORE);

  private constructor(readonly app: NestExpressApplication) {}

  /** @param prepare gets the service before its engine starts. */
  static async open(settings: GuidesSettings, prepare: (service: RunningService) => void = () => undefined): Promise<RunningService> {
    const app = await createApp(AppModule.forRoot({ ...settings, users: testUsers() }));
    app.useLogger(false);
    const service = new RunningService(app);
    prepare(service);
    await app.listen(0, '127.0.0.1');
    return service;
  }

  async start(path: string): Promise<string> {
    return (await this.api.start({ path, type: ASSET_PROCESSING }, 'tester')).processingId;
  }

  async job(processingId: string): Promise<Job> {
    return (await this.api.snapshot(processingId)).job;
  }

  /** The job once `arrived` says yes of it. */
  async jobWhen(processingId: string, arrived: (job: Job) => boolean): Promise<Job> {
    for (;;) {
      const job = await this.job(processingId);
      if (arrived(job)) return job;
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

  close(): Promise<void> {
    return this.app.close();
  }

  private port<T>(token: symbol): T {
    return this.app.get<T>(token, { strict: false });
  }

  private writable(path: string): WritableAssetRepository {
    return this.repository.mountOf(path) as WritableAssetRepository;
  }
}

/** A place where calls can be held up. */
export class Barrier {
  private readonly waiting: (() => void)[] = [];
  private reportArrival: () => void = () => undefined;
  private isOpen = false;
  /** Resolves when the first call has come. */
  readonly reached = new Promise<void>((resolve) => (this.reportArrival = resolve));

  /** Resolves when the barrier is open. */
  pass(): Promise<void> {
    this.reportArrival();
    return this.isOpen ? Promise.resolve() : new Promise((resolve) => this.waiting.push(resolve));
  }

  open(): void {
    this.isOpen = true;
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

type Method = (...parameters: never[]) => unknown;
type Around<F> = F extends (...parameters: infer P) => infer R ? (call: () => R, ...parameters: P) => R : never;

/** Puts `around` in the place of a method; it decides whether and when the real one is called. */
export function intercept<T extends object, K extends keyof T>(target: T, method: K, around: Around<T[K]>): void {
  const original = target[method] as Method;
  const replacement = (...parameters: never[]): unknown =>
    (around as (call: () => unknown, ...parameters: never[]) => unknown)(() => original.apply(target, parameters), ...parameters);
  target[method] = replacement as T[K];
}
