import { join } from 'node:path';
import type { AssetFacts, AssetPatch, AssetRef } from '../../src/contracts/asset.js';
import type { AssetFilter, PutOutcome, WritableAssetRepository } from '../../src/contracts/asset-repository.js';
import type { KeyRange } from '../../src/contracts/key-range.js';
import { subtreeWithout } from '../../src/contracts/key-range.js';
import type { Tx } from '../../src/contracts/unit-of-work.js';
import { emptyFacts } from '../../src/modules/pipeline/empty-facts.js';
import { LocalBlobFiles } from '../../src/repository/blobs/local-blob-files.js';
import { TieredBlobStore } from '../../src/repository/blobs/tiered-blob.store.js';
import { DatabaseAssetRepository } from '../../src/repository/database/database-asset.repository.js';
import { JcrAssetRepository } from '../../src/repository/jcr/jcr-asset.repository.js';
import type { Database } from '../../src/repository/unit-of-work/database.js';
import { type DatabaseName, DATABASES, TestDatabase } from './databases.js';

export const PROVIDERS = ['jcr', 'database'] as const;
export type ProviderName = (typeof PROVIDERS)[number];

/** Every provider on every database: what `describe.each` runs a contract on. */
export const PROVIDERS_ON_DATABASES = PROVIDERS.flatMap((provider) => DATABASES.map((database) => [provider, database] as const));

/** A provider on a database of its own, and what a test does with it again and again. */
export class ProviderFixture {
  private roots = 0;

  private constructor(
    private readonly testDatabase: TestDatabase,
    readonly database: Database,
    readonly blobs: TieredBlobStore,
    readonly repository: WritableAssetRepository,
  ) {}

  static async open(provider: ProviderName, databaseName: DatabaseName): Promise<ProviderFixture> {
    const testDatabase = await TestDatabase.create(databaseName);
    const database = await testDatabase.open();
    const blobs = new TieredBlobStore(database, new LocalBlobFiles(join(testDatabase.folder, 'blobs')), 1000);
    const repository = provider === 'jcr' ? new JcrAssetRepository(database, blobs) : new DatabaseAssetRepository(database, blobs);
    return new ProviderFixture(testDatabase, database, blobs, repository);
  }

  /** A folder that no other test uses. */
  newRoot(): string {
    return `/content/dam/t${++this.roots}`;
  }

  /** Puts assets whose content is what stands beside them, by default the path itself; one transaction. */
  put(contents: readonly string[] | Readonly<Record<string, string>>): Promise<PutOutcome[]> {
    return this.database.run((tx) => this.putIn(tx, contents));
  }

  async putIn(tx: Tx, contents: readonly string[] | Readonly<Record<string, string>>): Promise<PutOutcome[]> {
    const entries = Array.isArray(contents) ? (contents as string[]).map((path) => [path, path] as const) : Object.entries(contents as Record<string, string>);
    const staged = await Promise.all(entries.map(([, text]) => this.blobs.stage(Buffer.from(text))));
    await this.blobs.commit(staged, tx);
    const assets = staged.map((blob, i) => ({ path: entries[i]?.[0] ?? '', blob, mimeType: 'application/xml', createdBy: 'tester', modifiedAtMs: 1_700_000_000_000 }));
    return this.repository.put(assets, tx);
  }

  /** Walks ranges page by page, as the planner does. */
  async walk(ranges: readonly KeyRange[], pageSize: number, filter: AssetFilter = {}): Promise<AssetRef[]> {
    const all: AssetRef[] = [];
    for (const range of ranges) {
      for (let after: string | null = null; ; ) {
        const page = await this.repository.scan(range, filter, after, pageSize);
        all.push(...page);
        const last = page.at(-1);
        if (!last || page.length < pageSize) break;
        after = last.path;
      }
    }
    return all;
  }

  /** Paths of `root` and all below it, in the order of the repository. */
  async pathsBelow(root: string, excluded: readonly string[] = []): Promise<string[]> {
    return (await this.walk(subtreeWithout(root, excluded), 10_000)).map((ref) => ref.path);
  }

  /** The asset at `path` as it is listed now. */
  async ref(path: string): Promise<AssetRef> {
    const [ref] = await this.repository.scan({ from: path, fromInclusive: true, to: path, toInclusive: true }, {}, null, 1);
    if (!ref) throw new Error(`No asset at ${path}.`);
    return ref;
  }

  async close(): Promise<void> {
    await this.testDatabase.drop();
  }
}

/** A result of processing, `facts` changed as given. */
export function patchOf(ref: AssetRef, uuid: string, facts: Partial<AssetFacts> = {}, patch: Partial<AssetPatch> = {}): AssetPatch {
  return {
    ref,
    sha256: ref.sha256 ?? '',
    uuid,
    isFirst: false,
    outcome: 'SUCCESS',
    processedAtMs: 1_750_000_000_123,
    facts: { ...emptyFacts('DITATOPIC', 'application/dita+xml'), ...facts },
    topicrefs: [],
    renditions: [],
    ...patch,
  };
}

/** Sorts by the bytes of UTF-8, without any code of the service. */
export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
