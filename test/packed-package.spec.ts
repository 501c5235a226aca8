import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const ROOT = join(__dirname, '..');
const MODULES = join(ROOT, 'node_modules');
/** An installation from the registry. */
const INSTALL_MS = 240_000;

interface Packed {
  filename: string;
  files: { path: string }[];
}

describe('the package, packed and installed into an empty project', () => {
  const folder = mkdtempSync(join(tmpdir(), 'guides-packed-'));
  let packed: Packed;

  function run(command: string, args: string[], cwd = folder): string {
    return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_PATH: '' } });
  }

  beforeAll(() => {
    if (!existsSync(join(ROOT, 'dist', 'index.js'))) throw new Error('There is no build: run "npm run build" first.');
    [packed] = JSON.parse(run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], ROOT)) as [Packed];
    // The CMS of the examples is the project: it is what a team does with the package.
    cpSync(join(ROOT, 'examples', 'host-cms'), folder, { recursive: true, filter: (path) => !/node_modules|dist$|test$/.test(path) });
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
    manifest.dependencies['nestjs-guides-processing'] = `file:./${packed.filename}`;
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    run('npm', ['install', '--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund', '--prefer-offline']);
    // Compiling it takes a minute and says nothing about the package.
    cpSync(join(MODULES, 'better-sqlite3', 'build'), join(folder, 'node_modules', 'better-sqlite3', 'build'), { recursive: true });
    // None of these is needed by what follows, save to be missed.
    for (const name of ['bullmq', 'ioredis', 'sharp', '@aws-sdk/client-s3', 'mysql2']) {
      rmSync(join(folder, 'node_modules', name), { recursive: true, force: true });
    }
  }, INSTALL_MS);
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('holds what is run and read, and nothing else', () => {
    const paths = packed.files.map(({ path }) => path);
    expect(paths.filter((path) => !path.startsWith('dist/')).sort()).toEqual(
      expect.arrayContaining(['CHANGELOG.md', 'LICENSE', 'README.md', 'config/default.yaml', 'docs/mounting.md', 'package.json']),
    );
    expect(paths.filter((path) => /(?:^|\/)(?:test|src|examples|node_modules)\/|\.spec\./.test(path))).toEqual([]);
    expect(paths).toEqual(expect.arrayContaining(['dist/index.js', 'dist/index.d.ts', 'dist/cli.js', 'dist/main.js', 'dist/asset-repository-contract.d.ts']));
  });

  it('brings a command that runs', () => {
    expect(run('npx', ['guides', '--version']).trim()).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('offers what its exports name, and nothing behind them', () => {
    const tried = (name: string): string => {
      const text = `import('${name}').then((m) => console.log(Object.keys(m).length > 0), (e) => console.log(e.code))`;
      return run(process.execPath, ['--input-type=module', '-e', text]).trim();
    };
    expect(tried('nestjs-guides-processing')).toBe('true');
    expect(tried('nestjs-guides-processing/asset-repository-contract')).toBe('true');
    expect(tried('nestjs-guides-processing/dist/settings.js')).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });

  it('loads nothing that only some set-ups need', () => {
    expect(run(process.execPath, ['--input-type=module', '-e', `await import('nestjs-guides-processing'); console.log('loaded')`]).trim()).toBe('loaded');
  });

  it.each<[string, object, string]>([
    ['mysql2', { databaseUrl: 'mysql://u:p@127.0.0.1:1/x' }, 'A MariaDB or MySQL database (databaseUrl)'],
    ['sharp', { processing: { renditions: true } }, 'The setting processing.renditions'],
    ['bullmq', { redis: { url: 'redis://127.0.0.1:1' } }, 'The setting redis.url'],
    ['@aws-sdk/client-s3', { blobs: { store: 's3', s3: { bucket: 'b' } } }, 'The setting blobs.store: s3'],
  ])('says which setting needs %s, where that is missing', (name, settings, need) => {
    const start = `const { GuidesProcessingModule } = await import('nestjs-guides-processing');
      const { NestFactory } = await import('@nestjs/core');
      const settings = ${JSON.stringify({ dataDir: './x', ...settings })};
      const start = NestFactory.createApplicationContext(GuidesProcessingModule.forRoot({ settings }), { abortOnError: false, logger: false });
      await start.catch((e) => console.log(e.message));
      process.exit();`;
    expect(run(process.execPath, ['--input-type=module', '-e', start]).trim()).toBe(`${need} needs the package "${name}", which is not installed: npm install ${name}`);
  });

  it('is taken by a host of CommonJS too', () => {
    const host = "const { GuidesProcessingModule } = require('nestjs-guides-processing'); console.log(typeof GuidesProcessingModule.forRoot)";
    expect(run(process.execPath, ['--input-type=commonjs', '-e', host]).trim()).toBe('function');
  });

  it(
    'compiles into a CMS by its types alone, which processes its media',
    async () => {
      mkdirSync(join(folder, 'node_modules', '@types'), { recursive: true });
      for (const name of ['node', 'express', 'express-serve-static-core', 'body-parser', 'connect', 'http-errors', 'mime', 'qs', 'range-parser', 'send', 'serve-static']) {
        const from = join(MODULES, '@types', name);
        if (existsSync(from) && !existsSync(join(folder, 'node_modules', '@types', name))) symlinkSync(from, join(folder, 'node_modules', '@types', name));
      }
      run(process.execPath, [join(MODULES, 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json']);
      const cms = spawn(process.execPath, ['dist/main.js'], { cwd: folder, env: { ...process.env, PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] });
      try {
        const base = await addressOf(cms);
        const headers = { 'X-CMS-Token': 'editor-token' };
        const put = await fetch(`${base}/media/notes/a.md`, { method: 'PUT', headers: { ...headers, 'Content-Type': 'application/octet-stream' }, body: '# Found' });
        expect(put.status).toBe(200);
        const start = await fetch(`${base}/bin/guides/v1/assets/process`, {
          method: 'POST',
          headers: { ...headers, 'Content-Type': 'application/json' },
          body: JSON.stringify({ path: '/content/cms/media', type: 'ASSET_PROCESSING' }),
        });
        expect(start.status).toBe(200);
        let medium: unknown;
        for (let tries = 0; tries < 200; tries++) {
          medium = await (await fetch(`${base}/media/notes/a.md`)).json();
          if ((medium as { state: string }).state === 'SUCCESS') break;
          await delay(50);
        }
        expect(medium).toMatchObject({ title: 'Found', state: 'SUCCESS' });
      } finally {
        cms.kill('SIGKILL');
      }
    },
    INSTALL_MS,
  );
});

/** Where it says that it listens. */
function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout?.on('data', (text: Buffer) => {
      output += text.toString();
      const found = /listens on (\S+)/.exec(output)?.[1];
      if (found !== undefined) resolve(found.replace('[::1]', 'localhost'));
    });
    child.once('exit', (code) => {
      reject(new Error(`The CMS ended with ${code} before it listened.`));
    });
  });
}
