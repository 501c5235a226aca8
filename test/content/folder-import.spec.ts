import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { InvalidPathError, InvalidRequestError } from '../../src/contracts/errors.js';
import { ContentSourceError } from '../../src/modules/content/content-source.js';
import type { ImportProgress } from '../../src/modules/content/import-result.js';
import { ImportHarness } from '../support/import-harness.js';

describe('importing a folder', () => {
  let harness: ImportHarness;
  let folder: string;

  beforeEach(async () => {
    harness = await ImportHarness.open();
    folder = mkdtempSync(join(tmpdir(), 'guides-content-'));
  });

  afterEach(async () => {
    await harness.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function write(path: string | Buffer, content: string | Uint8Array = 'x'): void {
    if (typeof path === 'string') {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    } else writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), path]), content);
  }

  it('takes names with spaces, other scripts and either normalisation as they are', async () => {
    const names = ['a b.dita', 'ünï/日本語.md', '\u00e9.dita', 'e\u0301.dita', 'emoji 😀.png', "quote's & <tags>.xml", 'back\\slash.txt', '%20.dita'];
    names.forEach((name) => write(name, name));
    const result = await harness.import(folder);
    expect(result).toMatchObject({ created: names.length, updated: 0, unchanged: 0, skippedCount: 0, folders: 1 });
    expect([...(await harness.assets()).keys()].sort()).toEqual(names.map((name) => `/content/dam/t/${name}`).sort());
  });

  it('leaves everything alone on a second run and takes up what changed on a third', async () => {
    write('a.dita', 'one');
    write('big.bin', Buffer.alloc(200_000, 1));
    write('middle.bin', Buffer.alloc(20_000, 1));
    write('empty.dita', '');
    expect(await harness.import(folder)).toMatchObject({ created: 4, updated: 0, unchanged: 0 });
    const before = await harness.rows('SELECT * FROM jcr_asset ORDER BY path');
    expect(await harness.import(folder)).toMatchObject({ created: 0, updated: 0, unchanged: 4, skippedCount: 0, bytes: 220_003 });
    expect(await harness.rows('SELECT * FROM jcr_asset ORDER BY path')).toEqual(before);
    write('a.dita', 'two');
    write('big.bin', Buffer.alloc(200_000, 2));
    expect(await harness.import(folder)).toMatchObject({ created: 0, updated: 2, unchanged: 2 });
  });

  it('removes nothing that the source no longer has', async () => {
    write('a.dita');
    write('b.dita');
    await harness.import(folder);
    unlinkSync(join(folder, 'a.dita'));
    await harness.import(folder);
    expect([...(await harness.assets()).keys()]).toEqual(['/content/dam/t/a.dita', '/content/dam/t/b.dita']);
  });

  it('keeps empty folders, empty files and one copy of equal content', async () => {
    mkdirSync(join(folder, 'empty/inner'), { recursive: true });
    write('a/zero.dita', '');
    write('a/one.dita', 'same');
    write('b/two.dita', 'same');
    expect(await harness.import(folder)).toMatchObject({ created: 3, folders: 4 });
    expect(await harness.folders()).toEqual(expect.arrayContaining(['/content/dam/t/empty', '/content/dam/t/empty/inner']));
    expect((await harness.assets()).get('/content/dam/t/a/zero.dita')).toBe(0);
    expect(await harness.rows('SELECT sha256 FROM guides_blob')).toHaveLength(2);
  });

  it('makes the target folder of an empty source', async () => {
    expect(await harness.import(folder)).toMatchObject({ created: 0, folders: 0, skippedCount: 0 });
    expect(await harness.folders()).toContain('/content/dam/t');
  });

  it('goes 200 levels deep', async () => {
    const deep = new Array<string>(200).fill('level').join('/');
    write(`${deep}/leaf.dita`);
    expect(await harness.import(folder)).toMatchObject({ created: 1, folders: 200 });
    expect([...(await harness.assets()).keys()]).toEqual([`/content/dam/t/${deep}/leaf.dita`]);
  });

  it('leaves out links, .git folders, pipes and names it cannot store, says why, and goes on', async () => {
    write('good.dita');
    write('.git/config');
    write('sub/.git/HEAD');
    write('sub/.gitignore');
    symlinkSync('/etc/passwd', join(folder, 'link.dita'));
    symlinkSync(folder, join(folder, 'loop'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    write(Buffer.from([0x61, 0xff, 0x2e, 0x78]));
    write('line\nbreak.dita');
    const long = new Array<string>(9).fill('x'.repeat(240)).join('/');
    write(`${long}/deep.dita`);
    const result = await harness.import(folder);
    expect(Object.fromEntries(result.skipped.map(({ name, reason }) => [name.slice(0, 20), reason]))).toEqual({
      '.git': 'is a .git folder',
      'sub/.git': 'is a .git folder',
      'link.dita': 'is a symbolic link',
      loop: 'is a symbolic link',
      pipe: 'is not a regular file',
      'a\\xff.x': 'has a name that is not valid UTF-8',
      'line\\nbreak.dita': 'has a control character in its name',
      [long.slice(0, 20)]: 'would have a path that must not be longer than 2048 bytes of UTF-8',
    });
    expect([...(await harness.assets()).keys()]).toEqual(['/content/dam/t/good.dita', '/content/dam/t/sub/.gitignore']);
  });

  it('goes on when files vanish while it runs', async () => {
    write('a.dita');
    write('b.bin', Buffer.alloc(300_000));
    let first = true;
    const result = await harness.import(folder, '/content/dam/t', () => {
      if (!first) return;
      first = false;
      // The source was measured; nothing was read yet.
      unlinkSync(join(folder, 'a.dita'));
      truncateSync(join(folder, 'b.bin'), 5);
    });
    expect(result).toMatchObject({ created: 1 });
    expect([...(await harness.assets())]).toEqual([['/content/dam/t/b.bin', 5]]);
  });

  it('reports progress that grows to the totals', async () => {
    for (let i = 0; i < 600; i++) write(`f${i}.dita`, `content ${i}`);
    const seen: ImportProgress[] = [];
    const result = await harness.import(folder, '/content/dam/t', (progress) => seen.push(progress));
    expect(result.created).toBe(600);
    const done = seen.map((progress) => progress.filesDone);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(new Set(seen.map((progress) => progress.filesTotal))).toEqual(new Set([600]));
    expect(seen.at(-1)).toEqual({ filesDone: 600, filesTotal: 600, bytesDone: result.bytes, bytesTotal: result.bytes });
  });

  it('refuses only the file where a folder stands, and the folder where a file stands', async () => {
    write('a/inner.dita');
    write('b');
    await harness.import(folder);
    rmSync(join(folder, 'a'), { recursive: true });
    rmSync(join(folder, 'b'));
    write('a');
    write('b/inner.dita');
    write('c.dita');
    const result = await harness.import(folder);
    expect(result).toMatchObject({ created: 1, skippedCount: 3 });
    expect(result.skipped.map(({ name }) => name).sort()).toEqual(['a', 'b', 'b/inner.dita']);
    expect([...(await harness.assets()).keys()]).toContain('/content/dam/t/c.dita');
  });

  it('queues references that pointed to what was not there', async () => {
    const seen: string[][] = [];
    write('new.dita');
    write('old.dita');
    const { openRecordingImport } = await import('../support/recording-import.js');
    const recording = await openRecordingImport(harness.settings, seen);
    await recording.run(folder, '/content/dam/t');
    write('old.dita', 'changed');
    await recording.run(folder, '/content/dam/t');
    await recording.close();
    expect(seen.filter((paths) => paths.length > 0)).toEqual([['/content/dam/t/new.dita', '/content/dam/t/old.dita']]);
  });

  it.each([
    ['content/dam', InvalidPathError],
    ['/content/../etc', InvalidPathError],
    ['/elsewhere', InvalidRequestError],
  ])('refuses the target %s', async (target, type) => {
    await expect(harness.import(folder, target)).rejects.toThrow(type);
  });

  it('refuses a target that is an asset', async () => {
    write('a.dita');
    await harness.import(folder);
    await expect(harness.import(folder, '/content/dam/t/a.dita')).rejects.toThrow('/content/dam/t/a.dita is an asset');
  });

  it('says so when the source is not there or neither a folder nor an archive', async () => {
    write('a.dita');
    await expect(harness.import(join(folder, 'none'))).rejects.toThrow(ContentSourceError);
    await expect(harness.import(join(folder, 'a.dita'))).rejects.toThrow('is neither a folder nor a ZIP archive');
  });

  it('imports into the database provider as well', async () => {
    const other = await ImportHarness.open(undefined, { mounts: { '/content': 'jcr', '/content/db': 'database' } });
    try {
      write('a/b.dita');
      write('c.dita');
      expect(await other.import(folder, '/content/db/x')).toMatchObject({ created: 2 });
      expect(await other.import(folder, '/content/db/x')).toMatchObject({ unchanged: 2 });
      expect((await other.rows<{ path: string }>('SELECT path FROM guides_asset ORDER BY path')).map(({ path }) => path)).toEqual([
        '/content/db/x/a/b.dita',
        '/content/db/x/c.dita',
      ]);
    } finally {
      await other.close();
    }
  });
});
