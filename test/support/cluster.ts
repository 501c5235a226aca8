import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import type { GuidesSettings, ServiceRole } from '../../src/contracts/settings.js';
import type { StatusView } from '../../src/modules/http/job-view.js';
import type { Database } from '../../src/repository/unit-of-work/database.js';
import { openDatabase } from '../../src/repository/unit-of-work/open-database.js';
import { openContentImport } from '../../src/modules/composition/content-import.factory.js';
import { openContentSource } from '../../src/modules/content/open-content-source.js';
import { loadSettings } from '../../src/settings.js';
import { leftovers, loggedLines, NOTHING_LEFT, verdictsOf } from './job-evidence.js';
import { sampleTree, writeTree } from './sample-tree.js';
import { SpawnedService } from './spawned-service.js';

/** Small batches and a short lease: many moments to interfere at, and the lease is not what is waited for. */
const PROCESSING: Partial<GuidesSettings['processing']> = { batchSize: 20, concurrency: 2, workerThreads: 1, leaseMs: 1500, sweepMs: 200, retryDelayMs: 200 };
const POLL_MS = 10;
const GIVE_UP_MS = 30_000;

/** Real processes on one database and, where a test has one, one Redis. */
export class Cluster {
  readonly path = '/content/dam/cluster';
  private readonly folder = mkdtempSync(join(tmpdir(), 'guides-cluster-'));
  private readonly services = new Set<SpawnedService>();

  constructor(
    private readonly databaseUrl: string,
    private readonly assets: number,
    processing: Partial<GuidesSettings['processing']> = {},
  ) {
    writeFileSync(this.environment.GUIDES_CONFIG, stringify({ schedule: { enabled: false }, processing: { ...PROCESSING, ...processing } }));
  }

  get environment(): { DATABASE_URL: string; DATA_DIR: string; GUIDES_CONFIG: string } {
    return { DATABASE_URL: this.databaseUrl, DATA_DIR: join(this.folder, 'data'), GUIDES_CONFIG: join(this.folder, 'guides.yaml') };
  }

  /** Brings the tree of the tests in. */
  async import(): Promise<void> {
    const source = join(this.folder, 'source');
    writeTree(source, sampleTree(this.assets));
    const { contentImport, close } = await openContentImport(loadSettings(this.environment));
    const content = await openContentSource(source);
    try {
      await contentImport.run(content, { targetPath: this.path, createdBy: 'tester' });
    } finally {
      await content.close();
      await close();
    }
  }

  /** Resolves once it listens. */
  async start(role: ServiceRole, environment: NodeJS.ProcessEnv = {}): Promise<SpawnedService> {
    const service = await this.spawn(role, environment);
    await service.listening();
    return service;
  }

  async spawn(role: ServiceRole, environment: NodeJS.ProcessEnv = {}): Promise<SpawnedService> {
    const service = await SpawnedService.spawn({ ...this.environment, ROLE: role, ...environment });
    this.services.add(service);
    return service;
  }

  /** Waits for SUCCESS with exact sums: each asset once in the log, nothing open, leased or undecided left behind. */
  async expectExact(service: SpawnedService, processingId: string): Promise<void> {
    const { status, succeededCount, failedCount, skippedCount, triggeredCount, migrationSet } = await service.finished(processingId);
    const failed = sampleTree(this.assets).filter(({ succeeds }) => !succeeds).length;
    expect({ status, succeededCount, failedCount, skippedCount, triggeredCount, totalFiles: migrationSet.totalFiles }).toEqual({
      status: 'SUCCESS',
      succeededCount: this.assets - failed,
      failedCount: failed,
      skippedCount: 0,
      triggeredCount: this.assets,
      totalFiles: this.assets,
    });
    const verdicts = verdictsOf(await loggedLines(service, processingId));
    expect(verdicts.size).toBe(this.assets);
    expect([...verdicts].filter(([, said]) => said.length !== 1)).toEqual([]);
    expect(await leftovers(this.databaseUrl)).toEqual(NOTHING_LEFT);
  }

  /** Waits until so many assets are done, while the job still runs. */
  until(service: SpawnedService, processingId: string, done: number): Promise<StatusView> {
    return service.statusWhen(processingId, ({ triggeredCount }) => triggeredCount >= done);
  }

  /** Waits until so many processes have batches in work at the same moment. */
  async untilWorkedOnBy(owners: number): Promise<void> {
    await this.withDatabase(async ({ reader }) => {
      await untilTrue(`${owners} processes at work`, async () => {
        const rows = await reader.query('SELECT DISTINCT lease_owner FROM guides_job_batch WHERE lease_owner IS NOT NULL');
        return rows.length >= owners;
      });
    });
  }

  async withDatabase<T>(use: (database: Database) => Promise<T>): Promise<T> {
    const database = await openDatabase(this.databaseUrl, { migrate: false });
    try {
      return await use(database);
    } finally {
      await database.close();
    }
  }

  /** Ends all processes, frozen ones too. */
  async endAll(): Promise<void> {
    await Promise.all([...this.services].map((service) => service.end('SIGKILL')));
    this.services.clear();
  }

  async remove(): Promise<void> {
    await this.endAll();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Asks again and again. @throws naming `what` when it does not come. */
export async function untilTrue(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  for (const giveUpAt = performance.now() + GIVE_UP_MS; ; await delay(POLL_MS)) {
    if (await isTrue()) return;
    if (performance.now() > giveUpAt) throw new Error(`This did not come in ${GIVE_UP_MS / 1000} s: ${what}.`);
  }
}
