import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { BlobRef } from '../../src/contracts/blob-store.js';
import { RepositoryUnavailableError } from '../../src/contracts/errors.js';
import { BLOB_STORES } from '../../src/contracts/settings.js';
import { LocalBlobFiles } from '../../src/repository/blobs/local-blob-files.js';
import { S3BlobFiles } from '../../src/repository/blobs/s3-blob-files.js';
import { TieredBlobStore } from '../../src/repository/blobs/tiered-blob.store.js';
import type { Database } from '../../src/repository/unit-of-work/database.js';
import { DATABASES, TestDatabase } from '../support/databases.js';
import { S3Server } from '../support/s3-server.js';

const MAX_INLINE_BYTES = 1000;

describe.each(DATABASES.flatMap((database) => BLOB_STORES.map((large) => [database, large] as const)))('the blob store on %s, with large ones in a store of kind %s', (databaseName, large) => {
  let testDatabase: TestDatabase;
  let database: Database;
  let folder: string;
  let store: TieredBlobStore;
  let s3: S3Server | null = null;
  let tests = 0;

  beforeAll(async () => {
    testDatabase = await TestDatabase.create(databaseName);
    database = await testDatabase.open();
    if (large === 's3') s3 = await S3Server.start();
  });
  afterAll(async () => {
    await s3?.stop();
    await testDatabase.drop();
  });
  beforeEach(() => {
    folder = join(testDatabase.folder, `blobs${++tests}`);
    s3?.empty();
    store = storeWith(MAX_INLINE_BYTES);
  });

  function storeWith(maxInlineBytes: number): TieredBlobStore {
    return new TieredBlobStore(database, s3 ? new S3BlobFiles(s3.settings, folder) : new LocalBlobFiles(folder), maxInlineBytes);
  }

  async function keep(source: Readable | Uint8Array): Promise<BlobRef> {
    const staged = await store.stage(source);
    await database.run((tx) => store.commit([staged], tx));
    return { sha256: staged.sha256, sizeBytes: staged.sizeBytes };
  }

  /** Blobs outside of the table, and what is left of attempts. */
  function filesBelow(): string[] {
    return s3 ? [...s3.objects(), ...filesOf(folder)] : filesOf(folder);
  }

  function filesOf(folder: string): string[] {
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
    s3?.empty();
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

describe('an object store', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await S3Server.start();
  });
  afterAll(() => server.stop());

  it('is found usable before anything is put there', async () => {
    await expect(new S3BlobFiles(server.settings, '/nowhere').check()).resolves.toBeUndefined();
  });

  it('is refused with the reason when it cannot be used', async () => {
    await expect(new S3BlobFiles({ ...server.settings, bucket: 'other' }, '/nowhere').check()).rejects.toThrow('blobs.s3: the bucket other cannot be used: it does not exist.');
    const away = new S3BlobFiles({ ...server.settings, endpoint: 'http://127.0.0.1:1' }, '/nowhere');
    await expect(away.check()).rejects.toThrow(/^blobs\.s3: the bucket guides cannot be used: .*ECONNREFUSED/);
    await expect(away.read('a'.repeat(64), 10)).rejects.toThrow(RepositoryUnavailableError);
  });

  it('puts a prefix before the names of its objects', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'guides-s3-'));
    const files = new S3BlobFiles({ ...server.settings, keyPrefix: 'team/' }, folder);
    const { sha256 } = await files.write([randomBytes(3000)], inAsyncChunks());
    expect(await new S3BlobFiles(server.settings, folder).read(sha256, 10)).toBeNull();
    expect((await files.read(sha256, 5000))?.length).toBe(3100);
    rmSync(folder, { recursive: true });
  });
});

async function* inAsyncChunks(): AsyncGenerator<Uint8Array> {
  yield randomBytes(100);
}

function* inChunksOf(bytes: Buffer, size: number): Generator<Buffer> {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}

function* brokenAfter(goodBytes: number): Generator<Buffer> {
  yield randomBytes(goodBytes);
  throw new Error('source broke');
}
