import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { BlobRef } from '../../src/contracts/blob-store.js';
import { RepositoryUnavailableError } from '../../src/contracts/errors.js';
import { LocalBlobFiles } from '../../src/repository/blobs/local-blob-files.js';
import { TieredBlobStore } from '../../src/repository/blobs/tiered-blob.store.js';
import type { Database } from '../../src/repository/unit-of-work/database.js';
import { DATABASES, TestDatabase } from '../support/databases.js';

const MAX_INLINE_BYTES = 1000;

describe.each(DATABASES)('the blob store on %s', (databaseName) => {
  let testDatabase: TestDatabase;
  let database: Database;
  let folder: string;
  let store: TieredBlobStore;
  let tests = 0;

  beforeAll(async () => {
    testDatabase = await TestDatabase.create(databaseName);
    database = await testDatabase.open();
  });
  afterAll(() => testDatabase.drop());
  beforeEach(() => {
    folder = join(testDatabase.folder, `blobs${++tests}`);
    store = storeWith(MAX_INLINE_BYTES);
  });

  function storeWith(maxInlineBytes: number): TieredBlobStore {
    return new TieredBlobStore(database, new LocalBlobFiles(folder), maxInlineBytes);
  }

  async function keep(source: Readable | Uint8Array): Promise<BlobRef> {
    const staged = await store.stage(source);
    await database.run((tx) => store.commit([staged], tx));
    return { sha256: staged.sha256, sizeBytes: staged.sizeBytes };
  }

  function filesBelow(): string[] {
    mkdirSync(folder, { recursive: true });
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name);
  }

  async function rowsOf({ sha256 }: BlobRef): Promise<number> {
    return (await database.reader.query('SELECT 1 AS one FROM guides_blob WHERE sha256 = ?', [sha256])).length;
  }

  it.each([0, 1, MAX_INLINE_BYTES - 1, MAX_INLINE_BYTES, MAX_INLINE_BYTES + 1, 300_000])('gives back %d bytes as they came, in full, in part and as a stream', async (size) => {
    const bytes = randomBytes(size);
    const ref = await keep(Readable.from(inChunksOf(bytes, 777)));
    expect(ref).toEqual({ sha256: createHash('sha256').update(bytes).digest('hex'), sizeBytes: size });
    expect(filesBelow()).toEqual(size > MAX_INLINE_BYTES ? [ref.sha256] : []);
    const [whole] = await store.read([ref], 1_000_000);
    expect(Buffer.from(whole ?? []).equals(bytes)).toBe(true);
    const [part] = await store.read([ref], 10);
    expect(Buffer.from(part ?? []).equals(bytes.subarray(0, 10))).toBe(true);
    expect((await buffer(await store.open(ref))).equals(bytes)).toBe(true);
  });

  it('keeps every byte value, in the table and in a file', async () => {
    for (const times of [1, 40]) {
      const bytes = Buffer.concat(Array.from({ length: times }, () => Buffer.from(Array.from({ length: 256 }, (_, i) => i))));
      const [read] = await store.read([await keep(bytes)], 100_000);
      expect(Buffer.from(read ?? []).equals(bytes)).toBe(true);
    }
  });

  it('stores the same bytes once, however often and from however many at the same moment they come', async () => {
    for (const bytes of [randomBytes(50), randomBytes(5000)]) {
      const refs = await Promise.all(Array.from({ length: 8 }, () => keep(bytes)));
      await database.run(async (tx) => store.commit([await store.stage(bytes), await store.stage(bytes)], tx));
      expect(new Set(refs.map((ref) => ref.sha256)).size).toBe(1);
      const [ref] = refs;
      if (!ref) throw new Error('nothing kept');
      expect(await rowsOf(ref)).toBe(1);
      expect(filesBelow()).toEqual(bytes.length > MAX_INLINE_BYTES ? [ref.sha256] : []);
    }
  });

  it('answers many at once in the order asked, with null where one is missing', async () => {
    const contents = [randomBytes(3000), randomBytes(3), randomBytes(2000), randomBytes(4)];
    const refs: BlobRef[] = [];
    for (const bytes of contents) refs.push(await keep(bytes));
    const absent = (sizeBytes: number): BlobRef => ({ sha256: createHash('sha256').update(`${tests} ${sizeBytes}`).digest('hex'), sizeBytes });
    const asked = [...refs, absent(5), ...refs.reverse(), absent(9999)];
    const read = await store.read(asked, 10_000);
    expect(read.map((bytes) => bytes?.length ?? null)).toEqual([3000, 3, 2000, 4, null, 4, 2000, 3, 3000, null]);
  });

  it('says that the repository is unavailable when a blob cannot be opened', async () => {
    const unknown = { sha256: 'e'.repeat(64), sizeBytes: 5 };
    await expect(store.open(unknown)).rejects.toThrow(RepositoryUnavailableError);
    const lost = await keep(randomBytes(4000));
    rmSync(folder, { recursive: true });
    await expect(store.open(lost)).rejects.toThrow(RepositoryUnavailableError);
    expect(await store.read([lost], 10)).toEqual([null]);
  });

  it.each([100, 5000])('shows nothing of %d staged bytes whose transaction was rolled back, and takes them again', async (size) => {
    const bytes = randomBytes(size);
    const staged = await store.stage(bytes);
    const rolledBack = database.run(async (tx) => {
      await store.commit([staged], tx);
      throw new Error('no');
    });
    await expect(rolledBack).rejects.toThrow('no');
    await expect(store.open(staged)).rejects.toThrow(RepositoryUnavailableError);
    expect((await buffer(await store.open(await keep(bytes)))).equals(bytes)).toBe(true);
  });

  it('leaves nothing behind when the source breaks in the middle', async () => {
    for (const goodBytes of [10, 5000]) {
      await expect(store.stage(Readable.from(brokenAfter(goodBytes)))).rejects.toThrow('source broke');
    }
    expect(filesBelow()).toEqual([]);
  });

  it('is not misled by half a file that a crash left under a temporary name', async () => {
    const bytes = randomBytes(5000);
    mkdirSync(join(folder, 'tmp'), { recursive: true });
    writeFileSync(join(folder, 'tmp', 'left-over'), bytes.subarray(0, 2500));
    const ref = await keep(bytes);
    expect((await buffer(await store.open(ref))).equals(bytes)).toBe(true);
  });

  it('finds what is stored when the limit between table and files is changed', async () => {
    const contents = [10, 500, 999, 1500, 20_000].map((size) => randomBytes(size));
    const refs: BlobRef[] = [];
    for (const bytes of contents) refs.push(await keep(bytes));
    for (const maxInlineBytes of [0, 400, 100_000]) {
      const changed = storeWith(maxInlineBytes);
      const read = await changed.read(refs, 1_000_000);
      expect(read.map((bytes, i) => bytes !== null && contents[i]?.equals(Buffer.from(bytes)))).toEqual(contents.map(() => true));
      for (const [i, ref] of refs.entries()) expect((await buffer(await changed.open(ref))).equals(contents[i] ?? Buffer.of())).toBe(true);
    }
  });
});

function* inChunksOf(bytes: Buffer, size: number): Generator<Buffer> {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}

function* brokenAfter(goodBytes: number): Generator<Buffer> {
  yield randomBytes(goodBytes);
  throw new Error('source broke');
}
