import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { TestDatabase } from '../support/databases.js';
import { ImportHarness } from '../support/import-harness.js';

describe('importing into MariaDB', () => {
  let database: TestDatabase;
  let harness: ImportHarness;
  let folder: string;

  beforeEach(async () => {
    database = await TestDatabase.create('MariaDB');
    harness = await ImportHarness.open(database.url);
    folder = mkdtempSync(join(tmpdir(), 'guides-content-'));
  });

  afterEach(async () => {
    await harness.close();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  function write(path: string, content: string | Uint8Array = 'x'): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }

  it('keeps names apart that differ in case, normalisation or a blank at the end', async () => {
    const names = ['a.dita', 'A.dita', 'a.dita ', '\u00e9.dita', 'e\u0301.dita', 'ss.dita', 'ß.dita', '😀.dita'];
    names.forEach((name) => write(name, name));
    expect(await harness.import(folder)).toMatchObject({ created: names.length, skippedCount: 0 });
    expect([...(await harness.assets()).keys()].sort()).toEqual(names.map((name) => `/content/dam/t/${name}`).sort());
  });

  it('leaves everything alone on a second run and takes up what changed on a third', async () => {
    for (let i = 0; i < 600; i++) write(`d${i % 7}/t${i}.dita`, `content ${i}`);
    write('big.bin', Buffer.alloc(200_000, 1));
    mkdirSync(join(folder, 'empty'));
    expect(await harness.import(folder)).toMatchObject({ created: 601, folders: 8 });
    expect(await harness.import(folder)).toMatchObject({ created: 0, updated: 0, unchanged: 601 });
    write('d0/t0.dita', 'changed');
    write('big.bin', Buffer.alloc(200_000, 2));
    expect(await harness.import(folder)).toMatchObject({ created: 0, updated: 2, unchanged: 599 });
    expect(await harness.folders()).toContain('/content/dam/t/empty');
  });

  it('refuses only the file where a folder stands', async () => {
    write('a/inner.dita');
    await harness.import(folder);
    rmSync(join(folder, 'a'), { recursive: true });
    write('a');
    write('c.dita');
    expect(await harness.import(folder)).toMatchObject({ created: 1, skipped: [{ name: 'a', reason: expect.stringContaining('is a folder') }] });
  });

  it('takes every file once when two imports of the same content run at the same moment', async () => {
    for (let i = 0; i < 600; i++) write(`d${i % 50}/t${i}.dita`, `content ${i}`);
    const other = await ImportHarness.open(harness.settings.databaseUrl);
    try {
      const results = await Promise.all([harness.import(folder), other.import(folder)]);
      expect(results.reduce((sum, { created }) => sum + created, 0)).toBe(600);
      expect(results.map(({ created, unchanged, skippedCount }) => [created + unchanged, skippedCount])).toEqual([
        [600, 0],
        [600, 0],
      ]);
      expect((await harness.assets()).size).toBe(600);
    } finally {
      await other.close();
    }
  });
});
