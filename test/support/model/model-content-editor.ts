import type { WritableAssetRepository } from '../../../src/contracts/asset-repository.js';
import type { BlobStore } from '../../../src/contracts/blob-store.js';
import { InvalidPathError, InvalidRequestError } from '../../../src/contracts/errors.js';
import { subtreeRanges } from '../../../src/contracts/key-range.js';
import type { GuidesSettings } from '../../../src/contracts/settings.js';
import { type OpenContentImport, openContentImport } from '../../../src/modules/composition/content-import.factory.js';
import { contentMove } from '../../../src/modules/composition/content-move.factory.js';
import { blobStore, writableMounts } from '../../../src/modules/composition/storage.js';
import type { ContentSource, SourceEntry } from '../../../src/modules/content/content-source.js';
import { AutomaticRunScheduler } from '../../../src/modules/processing/automatic-run.scheduler.js';
import { ProcessingService } from '../../../src/modules/processing/processing.service.js';
import { SqlJobStore } from '../../../src/repository/jobs/job.store.js';
import type { Database } from '../../../src/repository/unit-of-work/database.js';
import { openDatabase } from '../../../src/repository/unit-of-work/open-database.js';

/** What is known of an asset. */
export interface SeenRecord {
  guid: string;
  processedAtMs: number;
}

/** Another process on the same database, as `guides import` and `guides move` are, and the schedules of two more instances. */
export class ContentEditor {
  private constructor(
    private readonly settings: GuidesSettings,
    private readonly database: Database,
    private readonly importer: OpenContentImport,
    private readonly blobs: BlobStore,
    private readonly repository: WritableAssetRepository,
    private readonly jobs: SqlJobStore,
  ) {}

  static async open(settings: GuidesSettings): Promise<ContentEditor> {
    const database = await openDatabase(settings.databaseUrl);
    const importer = await openContentImport(settings);
    const blobs = blobStore(settings, database);
    const [mount] = writableMounts(settings.mounts, database, blobs);
    if (!mount) throw new Error('Nothing is mounted.');
    return new ContentEditor(settings, database, importer, blobs, mount.repository, new SqlJobStore(database));
  }

  /** @param files texts by path below `root` */
  async import(root: string, files: ReadonlyMap<string, string>): Promise<void> {
    const result = await this.importer.contentImport.run(sourceOf(files), { targetPath: root, createdBy: 'editor' });
    if (result.skippedCount > 0) throw new Error(`The import skipped ${JSON.stringify(result)}.`);
  }

  async remove(path: string): Promise<boolean> {
    return (await this.database.run((tx) => this.repository.remove([path], tx))).length > 0;
  }

  /** How many assets moved; null when it was refused. */
  async move(from: string, to: string): Promise<number | null> {
    try {
      return (await contentMove(this.settings, this.database).move(from, to)).assets;
    } catch (error) {
      if (error instanceof InvalidRequestError || error instanceof InvalidPathError) return null;
      throw error;
    }
  }

  /** The schedule of two instances comes to the same slot at the same moment. */
  async tick(path: string, slot: number): Promise<void> {
    const api = new ProcessingService(this.jobs, this.repository, { announce: () => undefined, abandon: () => undefined }, () => []);
    const schedulers = [1, 2].map(() => new AutomaticRunScheduler(api, this.jobs, path));
    await Promise.all(schedulers.map((scheduler) => scheduler.tick('model', new Date(slot * 60_000))));
  }

  async isQuiet(): Promise<boolean> {
    return (await this.jobs.activeJobs()).length === 0;
  }

  async log(processingId: string): Promise<string[]> {
    let text = '';
    for await (const portion of this.jobs.streamLog(processingId)) text += portion;
    return text.split('\n').slice(0, -1);
  }

  async records(): Promise<Map<string, SeenRecord>> {
    const rows = await this.database.reader.query<{ path: string; uuid: string; processed_at: number | string }>(
      'SELECT path, uuid, processed_at FROM guides_asset_record',
    );
    return new Map(rows.map(({ path, uuid, processed_at }) => [path, { guid: uuid, processedAtMs: Number(processed_at) }]));
  }

  /** The text of every asset below `root`, as a reader gets it. */
  async texts(root: string): Promise<Map<string, string>> {
    const pages = await Promise.all(subtreeRanges(root).map((range) => this.repository.scan(range, {}, null, 10_000)));
    const refs = pages.flat();
    const loaded = await this.blobs.read(refs.map(({ sha256, sizeBytes }) => ({ sha256: sha256 ?? '', sizeBytes })), 1_000_000);
    return new Map(refs.map(({ path }, i) => [path, Buffer.from(loaded[i] ?? 'MISSING').toString()]));
  }

  async close(): Promise<void> {
    await this.importer.close();
    await this.database.close();
  }
}

function sourceOf(files: ReadonlyMap<string, string>): ContentSource {
  const entries = [...files].map(([relativePath, text]): SourceEntry => {
    const bytes = Buffer.from(text);
    return { kind: 'file', relativePath, sizeBytes: bytes.length, modifiedAtMs: 0, read: () => Promise.resolve(bytes) };
  });
  return {
    entries: async function* () {
      yield* entries;
    },
    close: () => Promise.resolve(),
  };
}
