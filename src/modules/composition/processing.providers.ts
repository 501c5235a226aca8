import type { FactoryProvider } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { availableParallelism } from 'node:os';
import type { AssetRecordStore, ReferenceGraph } from '../../contracts/asset-records.js';
import type { BlobStore } from '../../contracts/blob-store.js';
import type { Job, JobStore } from '../../contracts/job.js';
import type { KeySpaceStore } from '../../contracts/key-space.js';
import type { Pipeline } from '../../contracts/pipeline.js';
import type { SystemProbe } from '../../contracts/processing-api.js';
import { DAM_ROOT } from '../../contracts/repository-path.js';
import type { GuidesSettings } from '../../contracts/settings.js';
import {
  ASSET_REPOSITORY,
  BLOB_STORE,
  FINDINGS_API,
  JOB_STORE,
  KEY_SPACE_STORE,
  PIPELINE,
  PROCESSING_API,
  RECORD_STORE,
  REFERENCE_GRAPH,
  SETTINGS,
  SYSTEM_PROBE,
  UNIT_OF_WORK,
  WORK_QUEUE,
} from '../../contracts/tokens.js';
import type { WorkQueue } from '../../contracts/work-queue.js';
import { LeaseHeartbeat } from '../../repository/jobs/lease-heartbeat.js';
import { SqlJobStore } from '../../repository/jobs/job.store.js';
import { SqlKeySpaceStore } from '../../repository/key-spaces/key-space.store.js';
import { MountedAssetRepository } from '../../repository/mounted-asset.repository.js';
import { SqlAssetRecordStore } from '../../repository/records/asset-record.store.js';
import { SqlReferenceGraph } from '../../repository/references/reference-graph.store.js';
import type { Database } from '../../repository/unit-of-work/database.js';
import { openDatabase } from '../../repository/unit-of-work/open-database.js';
import { DitaKeySpaceBuilder } from '../pipeline/dita/dita-key-space.builder.js';
import { SteppedPipeline } from '../pipeline/stepped-pipeline.js';
import { STEPS } from '../pipeline/steps.js';
import { WorkerPool } from '../pipeline/worker-pool.js';
import { AssetBatchRunner } from '../processing/asset-batch.runner.js';
import { AssetLoader } from '../processing/asset-loader.js';
import { AssetResultWriter } from '../processing/asset-results.js';
import { AssetSelection } from '../processing/asset-selection.js';
import { BatchRunner } from '../processing/batch.runner.js';
import { Engine } from '../processing/engine.js';
import { FindingsService } from '../processing/findings.service.js';
import { KeySpaceService } from '../processing/key-space.service.js';
import { newOwner } from '../processing/owner.js';
import { PathRules } from '../processing/path-rules.js';
import { Planner } from '../processing/planner.js';
import { ProcessingService } from '../processing/processing.service.js';
import { ReferencePhase } from '../processing/reference.phase.js';
import { ReportService } from '../processing/report.service.js';
import { VanishedAssets } from '../processing/vanished-assets.js';
import { EmbeddedWorkQueue } from '../queue/embedded-work-queue.js';
import { hostSteps } from './host-steps.js';
import { blobStore, writableMounts } from './storage.js';
import { workerFile } from './worker-files.js';

/** Adapters behind their ports. */
export const ADAPTER_PROVIDERS: FactoryProvider[] = [
  {
    provide: UNIT_OF_WORK,
    inject: [SETTINGS],
    useFactory: (settings: GuidesSettings) => openDatabase(settings.databaseUrl, { poolSize: settings.databasePoolSize }),
  },
  { provide: BLOB_STORE, inject: [SETTINGS, UNIT_OF_WORK], useFactory: blobStore },
  {
    provide: ASSET_REPOSITORY,
    inject: [SETTINGS, UNIT_OF_WORK, BLOB_STORE],
    useFactory: (settings: GuidesSettings, database: Database, blobs: BlobStore) =>
      new MountedAssetRepository(writableMounts(settings.mounts, database, blobs)),
  },
  { provide: RECORD_STORE, inject: [UNIT_OF_WORK], useFactory: (database: Database) => new SqlAssetRecordStore(database) },
  { provide: REFERENCE_GRAPH, inject: [UNIT_OF_WORK], useFactory: (database: Database) => new SqlReferenceGraph(database) },
  { provide: KEY_SPACE_STORE, inject: [UNIT_OF_WORK], useFactory: (database: Database) => new SqlKeySpaceStore(database) },
  { provide: JOB_STORE, inject: [UNIT_OF_WORK], useFactory: (database: Database) => new SqlJobStore(database) },
  {
    provide: WORK_QUEUE,
    inject: [SETTINGS],
    useFactory: (settings: GuidesSettings) => new EmbeddedWorkQueue(settings.processing.concurrency),
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
  {
    provide: Engine,
    inject: [SETTINGS, UNIT_OF_WORK, ASSET_REPOSITORY, RECORD_STORE, REFERENCE_GRAPH, KEY_SPACE_STORE, BLOB_STORE, JOB_STORE, WORK_QUEUE, PIPELINE],
    useFactory: makeEngine,
  },
  {
    provide: PROCESSING_API,
    inject: [JOB_STORE, ASSET_REPOSITORY, Engine],
    useFactory: (jobs: JobStore, repository: MountedAssetRepository, engine: Engine) => new ProcessingService(jobs, repository, engine),
  },
  {
    provide: FINDINGS_API,
    inject: [UNIT_OF_WORK, ASSET_REPOSITORY, RECORD_STORE, REFERENCE_GRAPH, KEY_SPACE_STORE],
    useFactory: makeFindings,
  },
];

function makePipeline({ processing }: GuidesSettings, discovery: DiscoveryService): Pipeline {
  const threads = new WorkerPool({
    limits: processing.limits,
    renditions: processing.renditions,
    elementClasses: processing.elementClasses,
    threads: processing.workerThreads || availableParallelism(),
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

function makeEngine(
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
): Engine {
  const { processing } = settings;
  const owner = newOwner();
  const rules = new PathRules(processing.enabledPaths, processing.ignoredPaths);
  const selectionOf = (job: Job): AssetSelection => new AssetSelection(job, repository, records, rules, pipeline.version);
  const loader = new AssetLoader(repository, pipeline, blobs, processing.batchMaxBytes);
  const writer = new AssetResultWriter(repository, records, graph, blobs, pipeline);
  const assets = new AssetBatchRunner(database, jobs, queue, repository, records, loader, writer, processing.batchSize);
  const vanished = new VanishedAssets(database, repository, records, graph, keySpaces);
  const references = new ReferencePhase(database, jobs, queue, repository, records, graph, vanished);
  const planner = new Planner(jobs, queue, processing);
  const heartbeat = new LeaseHeartbeat(settings.databaseUrl, workerFile('repository/jobs/lease-heartbeat.worker.js'));
  const runner = new BatchRunner(jobs, assets, references, selectionOf, heartbeat, owner, processing);
  return new Engine(jobs, queue, planner, references, runner, selectionOf, heartbeat, owner, processing);
}
