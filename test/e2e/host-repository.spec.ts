import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { DataSource } from 'typeorm';
import {
  ASSET_PROCESSING,
  type AssetPatch,
  type AssetRef,
  type AssetRepository,
  GuidesProcessingModule,
  type KeyRange,
  type LoadedAsset,
  type NodeKind,
  PROCESSING_API,
  type ProcessingApi,
  RepositoryUnavailableError,
  type Tx,
} from '../../src/index.js';
import { comparePaths } from '../../src/contracts/key-range.js';
import { parseDatabaseUrl } from '../../src/repository/unit-of-work/database-options.js';
import { TestDatabase } from '../support/databases.js';

const ROOT = '/content/notes';
const REFS: readonly AssetRef[] = Array.from({ length: 40 }, (_, i) => ({
  path: `${ROOT}/${String(i).padStart(2, '0')}.md`,
  version: 1,
  sizeBytes: 5,
  sha256: null,
  createdAtMs: 1_700_000_000_000,
}));

/** Notes of a host, and how often a result was stored for each; after its first write, something fails. */
class Notes implements AssetRepository {
  readonly provider = 'notes';
  private failures = 1;

  /** @param store writes that this note has one more result, by the module's transaction or not. */
  constructor(private readonly store: (path: string, tx: Tx) => Promise<unknown>) {}

  kindOf(path: string): Promise<NodeKind | null> {
    return Promise.resolve(path === ROOT ? 'folder' : REFS.some((ref) => ref.path === path) ? 'asset' : null);
  }

  existing(paths: readonly string[]): Promise<Set<string>> {
    return Promise.resolve(new Set(REFS.map(({ path }) => path).filter((path) => paths.includes(path))));
  }

  scan(range: KeyRange, _: unknown, after: string | null, limit: number): Promise<AssetRef[]> {
    return Promise.resolve(within(range).filter(({ path }) => after === null || comparePaths(path, after) > 0).slice(0, limit));
  }

  count(range: KeyRange): Promise<number> {
    return Promise.resolve(within(range).length);
  }

  load(refs: readonly AssetRef[]): Promise<LoadedAsset[]> {
    return Promise.resolve(refs.map((ref) => ({ ref, bytes: Buffer.from('# One') })));
  }

  lock(): Promise<string[]> {
    return Promise.resolve([]);
  }

  async apply(patches: readonly AssetPatch[], tx: Tx): Promise<void> {
    for (const { ref } of patches) await this.store(ref.path, tx);
    if (patches.length > 0 && this.failures-- > 0) throw new RepositoryUnavailableError('The disk of the host is full.');
  }
}

function within({ from, fromInclusive, to, toInclusive }: KeyRange): AssetRef[] {
  return REFS.filter(({ path }) => {
    const [low, high] = [comparePaths(path, from), comparePaths(path, to)];
    return (low > 0 || (fromInclusive && low === 0)) && (high < 0 || (toInclusive && high === 0));
  });
}

describe("results in a repository of the host's, when a batch fails after it has written", () => {
  const folder = mkdtempSync(join(tmpdir(), 'guides-host-repository-'));
  const STORE = 'INSERT INTO note_result (path, times) VALUES (?, 1) ON DUPLICATE KEY UPDATE times = times + 1';
  let modules: TestDatabase;
  let elsewhere: TestDatabase;

  beforeAll(async () => {
    [modules, elsewhere] = await Promise.all([TestDatabase.create('MariaDB'), TestDatabase.create('MariaDB')]);
  });
  afterAll(async () => {
    await Promise.all([modules.drop(), elsewhere.drop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  async function connect(database: TestDatabase): Promise<DataSource> {
    const url = parseDatabaseUrl(database.url);
    if (url.kind === 'sqlite') throw new Error('This test is about a server.');
    const source = await new DataSource({ type: 'mariadb', username: url.user, database: url.database, socketPath: url.socketPath }).initialize();
    await source.query('CREATE TABLE note_result (path VARCHAR(200) PRIMARY KEY, times INT NOT NULL)');
    return source;
  }

  /** How often a result was stored for the notes, when the job has ended. */
  async function timesStored(database: TestDatabase, name: string, byTransaction: boolean): Promise<number[]> {
    const source = await connect(database);
    const notes = new Notes((path, tx) => (byTransaction ? tx.execute(STORE, [path]) : source.query(STORE, [path])));
    const settings = { dataDir: join(folder, name), databaseUrl: modules.url, databaseTablePrefix: `${name}_`, schedule: { enabled: false }, mounts: { '/content/dam': 'jcr' }, processing: { enabledPaths: [ROOT], batchSize: 10, concurrency: 1, workerThreads: 1, retryDelayMs: 1 } };
    const app = await NestFactory.createApplicationContext(GuidesProcessingModule.forRoot({ mounts: { [ROOT]: notes }, settings }), { logger: false, abortOnError: false });
    try {
      const api = app.get<ProcessingApi>(PROCESSING_API);
      const { processingId } = await api.start({ path: ROOT, type: ASSET_PROCESSING }, 'host');
      for (;;) {
        const { job } = await api.snapshot(processingId);
        if (job.completedAtMs === 0) continue;
        expect(job).toMatchObject({ status: 'SUCCESS', counts: { total: REFS.length, succeeded: REFS.length } });
        break;
      }
      const rows = await source.query<{ times: number }[]>('SELECT times FROM note_result ORDER BY path');
      return rows.map(({ times }) => times);
    } finally {
      await app.close();
      await source.destroy();
    }
  }

  it("are stored exactly once where it writes by the module's transaction", async () => {
    expect(await timesStored(modules, 'same', true)).toEqual(REFS.map(() => 1));
  });

  it('are stored at least once in another database: the batch that failed comes again', async () => {
    expect(await timesStored(elsewhere, 'other', false)).toEqual(REFS.map((_, i) => (i < 10 ? 2 : 1)));
  });
});
