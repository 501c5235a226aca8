import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GuidesSettings } from '../../src/contracts/settings.js';
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
  private readonly services = new Set<RunningService>();

  /** Registers with jest what makes and removes all of it. Call it in a `describe`. */
  constructor(
    readonly path: string,
    private readonly files: readonly SampleFile[],
    private readonly processing: Partial<GuidesSettings['processing']> = {},
  ) {
    beforeAll(() => this.import());
    afterAll(() => {
      this.imported?.remove();
      rmSync(this.source, { recursive: true, force: true });
    });
    beforeEach(() => {
      this.copy = this.present(this.imported).copy();
    });
    afterEach(async () => {
      openAllGates();
      await Promise.all([...this.services].map((service) => this.close(service)));
      this.copy?.remove();
    });
  }

  get settings(): GuidesSettings {
    return this.present(this.copy).settings;
  }

  /** All of the tree, with the failures that it was made with. */
  get whole(): Expected {
    return { total: this.files.length, failed: this.files.filter(({ succeeds }) => !succeeds).length };
  }

  pathOf(file: SampleFile | undefined): string {
    if (!file) throw new Error('The tree has no such file.');
    return `${this.path}/${file.path}`;
  }

  /** A service on this test's copy. @param prepare gets it before its engine starts. */
  async open(prepare?: (service: RunningService) => void): Promise<RunningService> {
    const service = await RunningService.open(this.settings, prepare);
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
  }

  private async import(): Promise<void> {
    this.source = mkdtempSync(join(tmpdir(), 'guides-tree-'));
    writeTree(this.source, this.files);
    this.imported = ServiceData.create({ ...QUICK, ...this.processing });
    await this.imported.import(this.source, this.path);
  }

  private present(data: ServiceData | null): ServiceData {
    if (!data) throw new Error('There is no data outside of a test.');
    return data;
  }
}
