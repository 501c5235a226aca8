import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { ContentSourceError } from '../../src/modules/content/content-source.js';
import { DEFAULT_ZIP_LIMITS, type ZipLimits } from '../../src/modules/content/zip-limits.js';
import { ZipSource } from '../../src/modules/content/zip-source.js';
import { ImportHarness } from '../support/import-harness.js';
import { buildZip, type ZipEntrySpec } from '../support/zip-builder.js';

describe('importing a ZIP archive', () => {
  let harness: ImportHarness;
  let folder: string;

  beforeEach(async () => {
    harness = await ImportHarness.open();
    folder = mkdtempSync(join(tmpdir(), 'guides-zip-'));
  });

  afterEach(async () => {
    await harness.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function file(bytes: Uint8Array): string {
    const path = join(folder, 'content.zip');
    writeFileSync(path, bytes);
    return path;
  }

  function importEntries(entries: readonly ZipEntrySpec[], limits: Partial<ZipLimits> = {}) {
    return harness.import(new ZipSource(file(buildZip(entries)), { ...DEFAULT_ZIP_LIMITS, ...limits }));
  }

  it('takes files, folders, empty files, stored and deflated entries, and other scripts', async () => {
    const entries = [
      { name: 'map.ditamap', content: '<map/>' },
      { name: 'empty/', deflate: false, mode: 0o040755 },
      { name: 'ünï cödé/日本語.dita', content: 'x', deflate: false },
      { name: './dot//double.dita', content: 'y' },
      { name: 'zero.txt' },
      { name: 'big.bin', content: Buffer.alloc(300_000, 'abc') },
      { name: '.git/config', content: 'secret' },
      { name: '.git/HEAD', content: 'secret' },
    ];
    const result = await importEntries(entries);
    expect(result).toMatchObject({ created: 5, folders: 1, skipped: [{ name: '.git', reason: 'is a .git folder' }] });
    expect([...(await harness.assets())]).toEqual([
      ['/content/dam/t/big.bin', 300_000],
      ['/content/dam/t/dot/double.dita', 1],
      ['/content/dam/t/map.ditamap', 6],
      ['/content/dam/t/zero.txt', 0],
      ['/content/dam/t/ünï cödé/日本語.dita', 1],
    ]);
    expect(await harness.folders()).toContain('/content/dam/t/empty');
    expect(await importEntries(entries)).toMatchObject({ created: 0, updated: 0, unchanged: 5 });
  });

  it('refuses each entry that would leave the target or is no plain file, and takes the rest', async () => {
    const result = await importEntries([
      { name: '../up.dita', content: 'x' },
      { name: 'a/../../up.dita', content: 'x' },
      { name: '/etc/abs.dita', content: 'x' },
      { name: 'C:/win.dita', content: 'x' },
      { name: 'a\\..\\win.dita', content: 'x' },
      { name: 'link', content: '/etc/passwd', mode: 0o120777 },
      { name: 'device', mode: 0o020666 },
      { name: 'locked.dita', content: 'x', flags: 0x801 },
      { name: 'lzma.dita', content: 'x', method: 14 },
      { name: 'bell\u0007.dita', content: 'x' },
      { name: Buffer.from([0x6e, 0x81, 0x2e, 0x78]), content: 'x', flags: 0 },
      { name: '.', content: 'x' },
      { name: 'good.dita', content: 'x' },
    ]);
    expect(result.skipped).toEqual([
      { name: '../up.dita', reason: 'leaves the target folder by ".."' },
      { name: 'a/../../up.dita', reason: 'leaves the target folder by ".."' },
      { name: '/etc/abs.dita', reason: 'has an absolute path' },
      { name: 'C:/win.dita', reason: 'has a drive letter in its path' },
      { name: 'a\\..\\win.dita', reason: 'has a backslash in its name' },
      { name: 'link', reason: 'is a symbolic link' },
      { name: 'device', reason: 'is not a regular file' },
      { name: 'locked.dita', reason: 'is encrypted' },
      { name: 'lzma.dita', reason: 'is compressed by a method that is not supported (14)' },
      { name: 'bell\\u0007.dita', reason: 'has a control character in its name' },
      { name: 'n\\x81.x', reason: 'has a name that is not valid UTF-8' },
      { name: '.', reason: 'has no name' },
    ]);
    expect([...(await harness.assets()).keys()]).toEqual(['/content/dam/t/good.dita']);
  });

  it('refuses bombs by ratio and by size, and never unpacks them', async () => {
    const result = await importEntries(
      [
        { name: 'ratio.bin', content: Buffer.alloc(2_000_000) },
        { name: 'large.bin', content: Buffer.alloc(10_000, 'x') },
        { name: 'small-but-repetitive.dita', content: Buffer.alloc(4_000, ' ') },
      ],
      { maxEntryBytes: 3_000_000 },
    );
    expect(result).toMatchObject({ created: 2, skipped: [{ name: 'ratio.bin', reason: 'unpacks to more than 200 times its compressed size' }] });
    const bounded = await importEntries([{ name: 'large2.bin', content: Buffer.alloc(10_000, 'x') }], { maxEntryBytes: 9_999 });
    expect(bounded.skipped).toEqual([{ name: 'large2.bin', reason: 'unpacks to 10000 bytes; at most 9999 are accepted' }]);
  });

  it('refuses an archive that unpacks to too much before anything is written', async () => {
    const half = { content: Buffer.alloc(600, 'x') };
    await expect(importEntries([{ name: 'a', ...half }, { name: 'b', ...half }], { maxTotalBytes: 1000 })).rejects.toThrow(
      'unpacks to more than 1000 bytes, the most that is accepted.',
    );
    await expect(importEntries([{ name: 'a' }, { name: 'b' }], { maxEntries: 1 })).rejects.toThrow('has 2 entries; at most 1 are accepted.');
    expect((await harness.assets()).size).toBe(0);
  });

  it.each([
    ['says it is smaller than it is', { content: Buffer.alloc(500_000, 'ab'), declaredSize: 10 }, 'is larger than the archive says'],
    ['says it is larger than it is', { content: 'abc', declaredSize: 100 }, 'is smaller than the archive says'],
    ['is large and says it is larger', { content: Buffer.alloc(100_000, 'ab'), declaredSize: 100_001 }, 'is smaller than the archive says'],
    ['is stored and lies', { content: 'abc', deflate: false, declaredSize: 2 }, 'is larger than the archive says'],
    ['has a wrong checksum', { content: 'abc', declaredCrc: 1 }, 'is damaged: its checksum is not the one in the archive'],
    ['has broken data', { content: 'abc', raw: Buffer.from([0xff, 0xff, 0xff]) }, /^is damaged: it cannot be unpacked/],
    ['ends in the middle of its data', { content: 'abc', raw: Buffer.from([0x4b]) }, /^is damaged: it cannot be unpacked/],
  ])('refuses an entry that %s, and takes the rest', async (_, lie, reason) => {
    const result = await importEntries([{ name: 'liar.dita', ...lie }, { name: 'good.dita', content: 'x' }]);
    expect(result).toMatchObject({ created: 1, skipped: [{ name: 'liar.dita', reason: typeof reason === 'string' ? reason : expect.stringMatching(reason) }] });
    expect([...(await harness.assets()).keys()]).toEqual(['/content/dam/t/good.dita']);
  });

  it('takes the first of two entries of one name, however it is written', async () => {
    const result = await importEntries([
      { name: 'a/b.dita', content: 'first' },
      { name: 'a/b.dita', content: 'second!' },
      { name: './a//b.dita', content: 'third!!!' },
    ]);
    expect(result).toMatchObject({ created: 1, skippedCount: 2 });
    expect([...(await harness.assets())]).toEqual([['/content/dam/t/a/b.dita', 5]]);
  });

  it('refuses an entry below one that is a file', async () => {
    const result = await importEntries([{ name: 'a', content: 'x' }, { name: 'a/b.dita', content: 'y' }, { name: 'c.dita', content: 'z' }]);
    expect(result).toMatchObject({ created: 2, skipped: [{ name: 'a/b.dita', reason: expect.stringContaining('/content/dam/t/a is an asset') }] });
  });

  it('reads zip64 records', async () => {
    const bytes = buildZip([{ name: 'a.dita', content: 'x', zip64: true }, { name: 'b.dita', content: 'yy', zip64: true }], { zip64End: true });
    expect(await harness.import(file(bytes))).toMatchObject({ created: 2 });
  });

  it('takes the Unicode name of an old archiver where it belongs to the entry', async () => {
    const old = Buffer.from([0x81, 0x2e, 0x78]);
    const result = await importEntries([
      { name: old, content: 'x', flags: 0, extra: unicodePath(old, 'ü.x') },
      { name: 'plain.x', content: 'y', extra: unicodePath(Buffer.from('other'), '../evil.x') },
      { name: 'mask.x', content: 'y', extra: unicodePath(Buffer.from('mask.x'), '../evil.x') },
    ]);
    expect(result).toMatchObject({ created: 2, skipped: [{ name: '../evil.x', reason: 'leaves the target folder by ".."' }] });
    expect([...(await harness.assets()).keys()]).toEqual(['/content/dam/t/plain.x', '/content/dam/t/ü.x']);
  });

  it('refuses an archive that is cut off anywhere, with one sentence, before anything is written', async () => {
    const whole = buildZip([{ name: 'a.dita', content: 'some content' }, { name: 'b.dita', content: 'more content' }]);
    for (const length of [4, 30, 60, whole.length - 60, whole.length - 22, whole.length - 1]) {
      const cut = harness.import(file(whole.subarray(0, length)));
      await expect(cut).rejects.toThrow(ContentSourceError);
      await expect(cut).rejects.toThrow(/is not a whole ZIP archive; it may be truncated or damaged \(.*\)\.$/);
    }
    expect((await harness.assets()).size).toBe(0);
  });

  it('takes an archive without entries', async () => {
    expect(await importEntries([])).toMatchObject({ created: 0, skippedCount: 0 });
  });
});

/** Info-ZIP's extra field 0x7075. */
function unicodePath(first: Buffer, name: string): Buffer {
  const head = Buffer.alloc(9);
  head.writeUInt16LE(0x7075, 0);
  head.writeUInt16LE(5 + Buffer.byteLength(name), 2);
  head.writeUInt8(1, 4);
  head.writeUInt32LE(crc32(first), 5);
  return Buffer.concat([head, Buffer.from(name)]);
}
