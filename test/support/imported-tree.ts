import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GuidesSettings } from '../../src/contracts/settings.js';
import { dataViolations } from './data-violations.js';
import { type DatabaseName, TestDatabase } from './databases.js';
import { openAllGates } from './held-calls.js';
import { leftovers, NOTHING_LEFT } from './job-evidence.js';
import { RunningService } from './running-service.js';
import { type SampleFile, writeTree } from './sample-tree.js';
import { ServiceData } from './service-data.js';

/** Small batches, and a sweep that comes at once where a nudge is lost. */
const QUICK: Partial<GuidesSettings['processing']> = { batchSize: 20, sweepMs: 20, workerThreads: 1, retryDelayMs: 1 };

/** What a job that did everything once must say. */
export interface Expected {
  total: number;
  failed: number;
}

/** A tree that is imported once; every test of the file gets a fresh copy of it, and services on that copy. */
export class ImportedTree {
  private source = '';
  private imported: ServiceData | null = null;
  private copy: ServiceData | null = null;
  private server: TestDatabase | null = null;
  private readonly services = new Set<RunningService>();

  /** Registers with jest what makes and removes all of it. Call it in a `describe`. */
  constructor(
    readonly path: string,
    private readonly files: readonly SampleFile[],
    private readonly processing: Partial<GuidesSettings['processing']> = {},
    private readonly on: DatabaseName = 'SQLite',
  ) {
    beforeAll(() => this.import());
    afterAll(() => {
      this.imported?.remove();
      rmSync(this.source, { recursive: true, force: true });
    });
    beforeEach(async () => {
      this.copy = this.present(this.imported).copy();
      if (this.on === 'MariaDB') await this.importToServer();
    });
    afterEach(async () => {
      openAllGates();
      await Promise.all([...this.services].map((service) => this.close(service)));
      this.copy?.remove();
      await this.server?.drop();
      this.server = null;
    });
  }

  get settings(): GuidesSettings {
    const { settings } = this.present(this.copy);
    return this.server ? { ...settings, databaseUrl: this.server.url } : settings;
  }

  /** For a process of its own on this test's copy. */
  get environment(): Record<string, string> {
    const { environment } = this.present(this.copy);
    return this.server ? { ...environment, DATABASE_URL: this.server.url } : environment;
  }

  /** All of the tree, with the failures that it was made with. */
  get whole(): Expected {
    return { total: this.files.length, failed: this.files.filter(({ succeeds }) => !succeeds).length };
  }

  pathOf(file: SampleFile | undefined): string {
    if (!file) throw new Error('The tree has no such file.');
    return `${this.path}/${file.path}`;
  }

  /**
   * A service on this test's copy.
   * @param prepare gets it before its engine starts.
   * @param change what is different for this one.
   */
  async open(prepare?: (service: RunningService) => void, change: Partial<GuidesSettings> = {}): Promise<RunningService> {
    const service = await RunningService.open({ ...this.settings, ...change }, prepare);
    this.services.add(service);
    return service;
  }

  async close(service: RunningService): Promise<void> {
    this.services.delete(service);
    await service.close();
  }

  /** Waits for SUCCESS with exact sums: each asset once in the log, nothing open, leased or undecided left behind. */
  async expectExact(service: RunningService, processingId: string, { total, failed }: Expected = this.whole): Promise<void> {
    const { status, counts, comments } = await service.ended(processingId);
    expect({ status, counts, comments }).toMatchObject({ status: 'SUCCESS', counts: { total, succeeded: total - failed, failed, skipped: 0 } });
    expect((await service.verdicts(processingId)).size).toBe(total);
    expect(await leftovers(this.settings.databaseUrl)).toEqual(NOTHING_LEFT);
    expect(await dataViolations(this.settings.databaseUrl)).toEqual([]);
  }

  private async import(): Promise<void> {
    this.source = mkdtempSync(join(tmpdir(), 'guides-tree-'));
    writeTree(this.source, this.files);
    this.imported = ServiceData.create({ ...QUICK, ...this.processing });
    if (this.on === 'SQLite') await this.imported.import(this.source, this.path);
  }

  /** A server's database cannot be copied as a file is. */
  private async importToServer(): Promise<void> {
    this.server = await TestDatabase.create('MariaDB');
    await this.present(this.copy).import(this.source, this.path, { DATABASE_URL: this.server.url });
  }

  private present(data: ServiceData | null): ServiceData {
    if (!data) throw new Error('There is no data outside of a test.');
    return data;
  }
}
