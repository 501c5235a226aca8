import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { parsePasswordHash, verifyPassword } from '../../src/modules/auth/password-hash.js';
import type { ImportResult } from '../../src/modules/content/import-result.js';
import { openDatabase } from '../../src/repository/unit-of-work/open-database.js';
import { endOf, guides, startGuides } from '../support/guides-cli.js';
import { buildZip } from '../support/zip-builder.js';

describe('commands that need no service', () => {
  let folder: string;
  let env: Record<string, string>;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'guides-cli-'));
    mkdirSync(join(folder, 'content'));
    env = { DATA_DIR: join(folder, 'data') };
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function write(count: number): void {
    for (let i = 0; i < count; i++) writeFileSync(join(folder, 'content', `t${i}.dita`), `<topic id="t${i}"/>`);
  }

  async function storedAssets(): Promise<number> {
    const database = await openDatabase(`sqlite:${join(folder, 'data', 'guides.sqlite')}`, { migrate: false });
    try {
      const [row] = await database.reader.query<{ n: number }>('SELECT COUNT(*) AS n FROM jcr_asset');
      return row?.n ?? 0;
    } finally {
      await database.close();
    }
  }

  it('tells its version and what it can do', async () => {
    const { version } = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')) as { version: string };
    expect(await guides(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    const { code, stdout } = await guides(['--help']);
    expect(code).toBe(0);
    for (const command of ['import', 'move', 'process', 'status', 'logs', 'cancel', 'resume', 'restart', 'history', 'report', 'events', 'hash-password']) {
      expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    }
  });

  it.each([
    [[]],
    [['unknown']],
    [['import', 'x']],
    [['history', '--limit', '0']],
    [['history', '--limit', '1e3']],
    [['logs', 'id', '--tail', '5', '--download', 'x.zip']],
    [['process', '/content/dam', '--password', 'secret']],
  ])('ends with 2 for wrong usage: %j', async (args) => {
    const { code, stdout, stderr } = await guides(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).not.toBe('');
  });

  it('imports a folder, and finds everything unchanged the second time', async () => {
    write(3);
    const args = ['import', join(folder, 'content'), '/content/dam/t'];
    const first = await guides(args, { env });
    expect(first).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^3 created, 0 updated, 0 unchanged, 0 skipped in 0 folders\n/) });
    expect(await guides(args, { env })).toMatchObject({ stdout: expect.stringMatching(/^0 created, 0 updated, 3 unchanged, /) });
    const json = JSON.parse((await guides([...args, '--json'], { env })).stdout) as ImportResult;
    expect(json).toEqual({ created: 0, updated: 0, unchanged: 3, folders: 0, bytes: expect.any(Number), skippedCount: 0, skipped: [] });
  });

  it('imports an archive and names what it leaves out', async () => {
    const file = join(folder, 'a.zip');
    writeFileSync(file, buildZip([{ name: 'a.dita', content: 'x' }, { name: '../b.dita', content: 'y' }]));
    expect(await guides(['import', file, '/content/dam/t'], { env })).toMatchObject({
      code: 0,
      stderr: 'Skipped: ../b.dita leaves the target folder by "..".\n',
      stdout: expect.stringMatching(/^1 created, 0 updated, 0 unchanged, 1 skipped/),
    });
  });

  it('is simply run again after kill -9', async () => {
    write(3000);
    const args = ['import', join(folder, 'content'), '/content/dam/t', '--json'];
    const child = startGuides(args, { env });
    const killed = once(child, 'close');
    while (!existsSync(join(folder, 'data', 'guides.sqlite')) || (await storedAssets().catch(() => 0)) === 0) await turn();
    child.kill('SIGKILL');
    await killed;
    const before = await storedAssets();
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(3000);
    const { code, stdout } = await guides(args, { env });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ created: 3000 - before, updated: 0, unchanged: before, skippedCount: 0 });
    expect(await storedAssets()).toBe(3000);
  });

  it('stops between batches on Ctrl-C and says that it can be run again', async () => {
    write(3000);
    const child = startGuides(['import', join(folder, 'content'), '/content/dam/t'], { env });
    const end = endOf(child);
    while (!existsSync(join(folder, 'data', 'guides.sqlite')) || (await storedAssets().catch(() => 0)) === 0) await turn();
    child.kill('SIGINT');
    const { code, stderr } = await end;
    expect(code).toBe(130);
    expect(stderr).toMatch(/Stopped\. What was imported stays; run the same command again to import the rest\.\n$/);
    expect((await storedAssets()) % 250).toBe(0);
  });

  it.each([
    [['/nowhere', '/content/dam'], {}, /^\/nowhere is not there, or vanished while it was read\.\n$/],
    [[__filename, '/content/dam'], {}, /is neither a folder nor a ZIP archive/],
    [[__dirname, 'content'], {}, /^The path must be absolute/],
    [[__dirname, '/elsewhere'], {}, /^Nothing that can be written to is mounted at \/elsewhere\.\n$/],
    [[__dirname, '/content/dam'], { DATABASE_URL: 'postgres://u:secret@h/d' }, /^Configuration: DATABASE_URL must be/],
    [[__dirname, '/content/dam'], { DATABASE_URL: 'mysql://u:secret%zz@h/d' }, /^Configuration: DATABASE_URL must be/],
    [[__dirname, '/content/dam'], { DATABASE_URL: 'mysql:secret' }, /^Configuration: DATABASE_URL must be/],
    [[__dirname, '/content/dam'], { PORT: 'x' }, /^Configuration: .*PORT/],
  ])('ends with 2 and one sentence for import %j with %j', async (args, extra, sentence) => {
    const end = await guides(['import', ...args], { env: { ...env, ...extra } });
    expect(end).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(sentence) });
    expect(end.stderr.split('\n')).toHaveLength(2);
    expect(end.stderr).not.toContain('secret');
  });

  it('ends with 1 when the database does not answer, without its password', async () => {
    const end = await guides(['import', __dirname, '/content/dam'], { env: { ...env, DATABASE_URL: 'mysql://u:secret@127.0.0.1:1/d' } });
    expect(end).toMatchObject({ code: 1, stderr: expect.stringContaining('The database mysql://u@127.0.0.1:1/d cannot be reached') });
    expect(end.stderr).not.toContain('secret');
  });

  it('moves a folder, and says how many assets have a new path', async () => {
    write(3);
    await guides(['import', join(folder, 'content'), '/content/dam/t'], { env });
    expect(await guides(['move', '/content/dam/t', '/content/dam/new/u'], { env })).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(/^Moved \/content\/dam\/t to \/content\/dam\/new\/u: 3 assets in \d.* s\.\n$/),
    });
    const { stdout } = await guides(['move', '/content/dam/new/u/t1.dita', '/content/dam/t1.dita', '--json'], { env });
    expect(JSON.parse(stdout)).toEqual({ from: '/content/dam/new/u/t1.dita', to: '/content/dam/t1.dita', assets: 1 });
    expect(await guides(['move', '/content/dam/t1.dita', '/content/dam/new/u/t2.dita'], { env })).toEqual({ code: 2, stdout: '', stderr: '/content/dam/new/u/t2.dita exists already.\n' });
    expect(await guides(['move', '/content/dam/new', '/content/dam/new/v'], { env })).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/^\/content\/dam\/new cannot be moved into itself/) });
    expect(await guides(['move', '/content/dam/new', '../x'], { env })).toMatchObject({ code: 2, stderr: expect.stringMatching(/^The path must be absolute/) });
  });

  it('makes the hash of a password that is piped in', async () => {
    const { code, stdout } = await guides(['hash-password'], { stdin: 'grün & geheim\n' });
    expect(code).toBe(0);
    expect(await verifyPassword('grün & geheim', parsePasswordHash(stdout.trimEnd()))).toBe(true);
    expect(await verifyPassword('other', parsePasswordHash(stdout.trimEnd()))).toBe(false);
  });

  it.each([
    ['', 'The password is empty.\n'],
    ['two\nlines\n', 'The password must be a single line.\n'],
  ])('refuses the password %j', async (stdin, sentence) => {
    expect(await guides(['hash-password'], { stdin })).toEqual({ code: 2, stdout: '', stderr: sentence });
  });
});
