import type { FactoryProvider } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { availableParallelism } from 'node:os';
import type { AssetRecordStore, ReferenceGraph } from '../../contracts/asset-records.js';
import type { StatusJobStore } from '../../contracts/asset-status.js';
import type { BlobStore } from '../../contracts/blob-store.js';
import type { EventPublisher } from '../../contracts/events.js';
import type { ClaimedJob, JobStore } from '../../contracts/job.js';
import type { KeySpaceStore } from '../../contracts/key-space.js';
import type { ProcessingObserver } from '../../contracts/metrics.js';
import type { Pipeline } from '../../contracts/pipeline.js';
import type { SystemProbe } from '../../contracts/processing-api.js';
import { DAM_ROOT } from '../../contracts/repository-path.js';
import type { GuidesSettings } from '../../contracts/settings.js';
import {
  ASSET_REPOSITORY,
  ASSET_STATUS_API,
  BLOB_STORE,
  EVENT_PUBLISHER,
  FINDINGS_API,
  JOB_STORE,
  KEY_SPACE_STORE,
  METRICS_API,
  OPTIONS,
  PIPELINE,
  PROCESSING_API,
  PROCESSING_OBSERVER,
  RECORD_STORE,
  REFERENCE_GRAPH,
  SETTINGS,
  STATUS_JOB_STORE,
  SYSTEM_PROBE,
  UNIT_OF_WORK,
  WORK,
  WORK_QUEUE,
} from '../../contracts/tokens.js';
import type { WorkQueue } from '../../contracts/work-queue.js';
import { LeaseHeartbeat } from '../../repository/jobs/lease-heartbeat.js';
import { SqlJobStore } from '../../repository/jobs/job.store.js';
import { SqlStatusJobStore } from '../../repository/jobs/status-job.store.js';
import { SqlKeySpaceStore } from '../../repository/key-spaces/key-space.store.js';
import { MountedAssetRepository } from '../../repository/mounted-asset.repository.js';
import { SqlAssetRecordStore } from '../../repository/records/asset-record.store.js';
import { SqlReferenceGraph } from '../../repository/references/reference-graph.store.js';
import { SqlStateCountStore } from '../../repository/state-count.store.js';
import type { Database } from '../../repository/unit-of-work/database.js';
import { openDatabase } from '../../repository/unit-of-work/open-database.js';
import type { GuidesProcessingOptions } from '../guides-processing.options.js';
import { PrometheusMetrics } from '../metrics/prometheus-metrics.js';
import { DitaKeySpaceBuilder } from '../pipeline/dita/dita-key-space.builder.js';
import { JobTypePipeline } from '../pipeline/job-type-pipeline.js';
import { loadSharp } from '../pipeline/image/renditions.js';
import { SteppedPipeline } from '../pipeline/stepped-pipeline.js';
import { STEPS } from '../pipeline/steps.js';
import { WorkerPool } from '../pipeline/worker-pool.js';
import { AssetBatchRunner } from '../processing/asset-batch.runner.js';
import { AssetEvents } from '../processing/asset-events.js';
import { AssetLoader } from '../processing/asset-loader.js';
import { AssetResultWriter, type ResultWriter } from '../processing/asset-results.js';
import { AssetSelection } from '../processing/asset-selection.js';
import { AssetStatusService } from '../processing/asset-status.service.js';
import { BatchRunner } from '../processing/batch.runner.js';
import { Engine } from '../processing/engine.js';
import { FindingsService } from '../processing/findings.service.js';
import { KeySpaceService } from '../processing/key-space.service.js';
import { newOwner } from '../processing/owner.js';
import { PathRules } from '../processing/path-rules.js';
import { JobTypeResultWriter } from '../processing/job-type-results.js';
import { Planner } from '../processing/planner.js';
import { ProcessingService } from '../processing/processing.service.js';
import { ReferencePhase } from '../processing/reference.phase.js';
import { ReportService } from '../processing/report.service.js';
import { RunnersByType } from '../processing/runners-by-type.js';
import { VanishedAssets } from '../processing/vanished-assets.js';
import { RemoteWork, type Work } from '../processing/work-calls.js';
import { EmbeddedWorkQueue } from '../queue/embedded-work-queue.js';
import { openBullMqQueue } from '../queue/open-bullmq-queue.js';
import { HostJobTypes } from './host-job-types.js';
import { hostSteps } from './host-steps.js';
import { checkedBlobStore, hostMounts, writableMounts } from './storage.js';
import { workerFile } from './worker-files.js';

/** Adapters behind their ports. */
export const ADAPTER_PROVIDERS: FactoryProvider[] = [
  {
    provide: UNIT_OF_WORK,
    inject: [SETTINGS, OPTIONS],
    useFactory: ({ databaseUrl, databasePoolSize, databaseTablePrefix, processing }: GuidesSettings, { runMigrations }: GuidesProcessingOptions) =>
      openDatabase(databaseUrl, {
        poolSize: databasePoolSize,
        tablePrefix: databaseTablePrefix,
        migrate: runMigrations,
        idleTransactionMs: processing.leaseMs,
      }),
  },
  { provide: BLOB_STORE, inject: [SETTINGS, UNIT_OF_WORK], useFactory: checkedBlobStore },
  {
    provide: ASSET_REPOSITORY,
    inject: [SETTINGS, OPTIONS, UNIT_OF_WORK, BLOB_STORE],
    useFactory: (settings: GuidesSettings, { mounts = {} }: GuidesProcessingOptions, database: Database, blobs: BlobStore) =>
      new MountedAssetRepository([...writableMounts(settings.mounts, database, blobs), ...hostMounts(mounts, settings.mounts)]),
  },
  { provide: RECORD_STORE, inject: [UNIT_OF_WORK], useFactory: (database: Database) => new SqlAssetRecordStore(database) },
  { provide: REFERENCE_GRAPH, inject: [UNIT_OF_WORK], useFactory: (database: Database) => new SqlReferenceGraph(database) },
  { provide: KEY_SPACE_STORE, inject: [UNIT_OF_WORK], useFactory: (database: Database) => new SqlKeySpaceStore(database) },
  {
    provide: JOB_STORE,
    inject: [UNIT_OF_WORK, EVENT_PUBLISHER],
    useFactory: (database: Database, events: EventPublisher) => new SqlJobStore(database, events),
  },
  { provide: STATUS_JOB_STORE, inject: [UNIT_OF_WORK], useFactory: (database: Database) => new SqlStatusJobStore(database) },
  { provide: METRICS_API, inject: [UNIT_OF_WORK], useFactory: (database: Database) => new PrometheusMetrics(new SqlStateCountStore(database)) },
  { provide: PROCESSING_OBSERVER, inject: [METRICS_API], useFactory: (metrics: PrometheusMetrics) => metrics },
  {
    provide: WORK_QUEUE,
    inject: [SETTINGS],
    useFactory: ({ redis, processing }: GuidesSettings): WorkQueue | Promise<WorkQueue> =>
      redis.url === null ? new EmbeddedWorkQueue(processing.concurrency) : openBullMqQueue(redis.url, redis, processing),
  },
  {
    provide: PIPELINE,
    inject: [SETTINGS, DiscoveryService],
    useFactory: makePipeline,
  },
  {
    provide: SYSTEM_PROBE,
    inject: [SETTINGS, UNIT_OF_WORK, ASSET_REPOSITORY],
    useFactory: (_: GuidesSettings, database: Database, repository: MountedAssetRepository): SystemProbe => ({
      isDatabase: repository.mountOf(DAM_ROOT)?.provider === 'database',
      ping: () => database.ping(),
    }),
  },
];

/** The engine and the use cases, made of ports. */
export const PROCESSING_PROVIDERS: FactoryProvider[] = [
  { provide: HostJobTypes, inject: [DiscoveryService], useFactory: (discovery: DiscoveryService) => new HostJobTypes(discovery) },
  {
    provide: WORK,
    inject: [SETTINGS, UNIT_OF_WORK, ASSET_REPOSITORY, RECORD_STORE, REFERENCE_GRAPH, KEY_SPACE_STORE, BLOB_STORE, JOB_STORE, WORK_QUEUE, PIPELINE, HostJobTypes, EVENT_PUBLISHER, PROCESSING_OBSERVER],
    useFactory: makeWork,
  },
  {
    provide: PROCESSING_API,
    inject: [JOB_STORE, ASSET_REPOSITORY, WORK, HostJobTypes],
    useFactory: (jobs: JobStore, repository: MountedAssetRepository, work: Work, types: HostJobTypes) =>
      new ProcessingService(jobs, repository, work, () => types.all().map(({ name }) => name)),
  },
  {
    provide: ASSET_STATUS_API,
    inject: [STATUS_JOB_STORE, JOB_STORE, ASSET_REPOSITORY, RECORD_STORE],
    useFactory: (questions: StatusJobStore, jobs: JobStore, repository: MountedAssetRepository, records: AssetRecordStore) =>
      new AssetStatusService(questions, jobs, repository, records),
  },
  {
    provide: FINDINGS_API,
    inject: [UNIT_OF_WORK, ASSET_REPOSITORY, RECORD_STORE, REFERENCE_GRAPH, KEY_SPACE_STORE],
    useFactory: makeFindings,
  },
];

/** @throws ConfigurationError where thumbnails are wanted and sharp is not installed: every image would fail. */
async function makePipeline({ role, processing }: GuidesSettings, discovery: DiscoveryService): Promise<Pipeline> {
  if (processing.renditions && role !== 'api') await loadSharp();
  const threads = new WorkerPool({
    limits: processing.limits,
    renditions: processing.renditions,
    elementClasses: processing.elementClasses,
    // A process that only serves HTTP processes nothing.
    threads: role === 'api' ? 0 : processing.workerThreads || availableParallelism(),
    workerFile: workerFile('modules/pipeline/extraction.worker.js'),
  });
  const names = STEPS.map(({ name }) => name);
  return new SteppedPipeline(threads, () => hostSteps(discovery, names), processing.limits);
}

function makeFindings(
  database: Database,
  repository: MountedAssetRepository,
  records: AssetRecordStore,
  graph: ReferenceGraph,
  keySpaces: KeySpaceStore,
): FindingsService {
  const keys = new KeySpaceService(database, records, graph, keySpaces, new DitaKeySpaceBuilder());
  return new FindingsService(repository, records, graph, new ReportService(records, graph), keys);
}

function makeWork(
  settings: GuidesSettings,
  database: Database,
  repository: MountedAssetRepository,
  records: AssetRecordStore,
  graph: ReferenceGraph,
  keySpaces: KeySpaceStore,
  blobs: BlobStore,
  jobs: JobStore,
  queue: WorkQueue,
  pipeline: Pipeline,
  hostTypes: HostJobTypes,
  publisher: EventPublisher,
  observer: ProcessingObserver,
): Work {
  if (settings.role === 'api') return new RemoteWork(queue);
  const { processing } = settings;
  const owner = newOwner();
  const rules = new PathRules(processing.enabledPaths, processing.ignoredPaths);
  const selectionOf = (job: ClaimedJob): AssetSelection => new AssetSelection(job, repository, records, rules, pipeline.version);
  const events = new AssetEvents(publisher, records);
  const runnerOf = (does: Pick<Pipeline, 'bytesWanted' | 'run'>, writer: ResultWriter): AssetBatchRunner => {
    const loader = new AssetLoader(repository, does, blobs, processing.batchMaxBytes);
    return new AssetBatchRunner(database, jobs, queue, repository, records, loader, writer, events, observer, processing.batchSize);
  };
  const runners = new RunnersByType(
    runnerOf(pipeline, new AssetResultWriter(repository, records, graph, blobs, pipeline)),
    () => hostTypes.all(),
    (type) => runnerOf(new JobTypePipeline(type, processing.limits), new JobTypeResultWriter(type)),
  );
  const vanished = new VanishedAssets(database, repository, records, graph, keySpaces);
  const references = new ReferencePhase(database, jobs, queue, repository, records, graph, vanished);
  const planner = new Planner(jobs, queue, processing);
  const heartbeat = new LeaseHeartbeat(settings.databaseUrl, settings.databaseTablePrefix ?? '', workerFile('repository/jobs/lease-heartbeat.worker.js'));
  const runner = new BatchRunner(jobs, (job) => runners.of(job), references, selectionOf, heartbeat, owner, processing);
  return new Engine(jobs, queue, planner, references, runner, selectionOf, heartbeat, owner, processing);
}
