import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { createApp } from '../../src/app.js';
import { REPORT_RECORD } from '../../src/modules/http/openapi/examples.js';
import type { Job } from '../../src/contracts/job.js';
import { loadSettings } from '../../src/settings.js';
import { endOf, guides, startGuides } from '../support/guides-cli.js';
import { httpModule, PASSWORD, serveHttp, USERS } from '../support/http-service.js';
import { ProcessingFake } from '../support/processing-fake.js';
import { testLog } from '../support/test-log.js';

const PROBE = { isDatabase: false, ping: () => Promise.resolve() };

describe('commands that speak to a running service', () => {
  let app: NestExpressApplication;
  let processing: ProcessingFake;
  let env: Record<string, string>;

  beforeEach(async () => {
    processing = new ProcessingFake();
    app = await serveHttp(processing, PROBE);
    env = { GUIDES_URL: await app.getUrl(), GUIDES_USER: USERS.operator, GUIDES_PASSWORD: PASSWORD };
  });

  afterEach(() => app.close());

  function ended(values: Partial<Job> = {}): Job {
    const counts = { total: 3, succeeded: 2, failed: 1, skipped: 0 };
    return processing.add({ status: 'SUCCESS', startedAtMs: 1000, completedAtMs: 3500, counts, calculationStatus: 'SUCCESS', ...values });
  }

  /** Resolves when the state of a job was asked for `times` times more. */
  function asked(times: number): Promise<void> {
    const snapshot = processing.snapshot.bind(processing);
    return new Promise((resolve) => {
      let left = times;
      processing.snapshot = (id) => {
        if (--left === 0) resolve();
        return snapshot(id);
      };
    });
  }

  it('starts a job with exactly what was asked for and tells its id', async () => {
    const args = ['process', '/content/dam/a', '--exclude', '/content/dam/a/x,y', '--exclude', '/content/dam/a/z'];
    const { code, stdout } = await guides([...args, '--file-type', 'DITAMAP', '--file-type', 'MARKDOWN', '--new-only'], { env });
    expect(code).toBe(0);
    expect(processing.started).toEqual([
      {
        path: '/content/dam/a',
        type: 'ASSET_PROCESSING',
        excludedPaths: ['/content/dam/a/x,y', '/content/dam/a/z'],
        filter: { fileTypes: ['DITAMAP', 'MARKDOWN'], filterProcessedAssets: true },
      },
    ]);
    expect(stdout).toContain([...processing.jobs.keys()][0]);
  });

  it.each([
    ['SUCCESS', 0],
    ['FAILED', 1],
    ['CANCELLED', 1],
  ] as const)('waits for the end of a job and ends %s with %i', async (status, expected) => {
    const twice = asked(2);
    const child = startGuides(['process', '/content/dam/a', '--wait', '--json'], { env });
    const end = endOf(child);
    await twice;
    for (const job of processing.jobs.values()) job.status = status;
    const { code, stdout } = await end;
    expect(code).toBe(expected);
    expect(JSON.parse(stdout)).toMatchObject({ path: '/content/dam/a', status });
  });

  it('goes on watching while the service is away for a moment', async () => {
    const job = processing.add();
    const twice = asked(2);
    const end = endOf(startGuides(['status', '--watch', '--json'], { env }));
    await twice;
    await app.close();
    job.status = 'SUCCESS';
    const port = Number(new URL(env.GUIDES_URL ?? '').port);
    app = await createApp(httpModule(processing, PROBE), testLog('warn'), loadSettings({}).http.connections);
    await app.listen(port, '127.0.0.1');
    expect(await end).toMatchObject({ code: 0 });
  });

  it('stops watching on Ctrl-C, leaves the job alone and says how to cancel it', async () => {
    const job = processing.add();
    const twice = asked(2);
    const child = startGuides(['status', job.processingId, '--watch'], { env });
    const end = endOf(child);
    await twice;
    child.kill('SIGINT');
    expect(await end).toMatchObject({ code: 130, stderr: `Stopped watching; the job goes on. Cancel it with: guides cancel ${job.processingId}\n` });
    expect(job.status).toBe('WAITING');
  });

  it('shows the newest job when none is named', async () => {
    ended();
    const newest = ended({ path: '/content/dam/b', comments: '1 asset failed.' });
    const { code, stdout } = await guides(['status'], { env });
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^job: +${newest.processingId}\npath: +/content/dam/b\n`));
    expect(stdout).toMatch(/processed: +3 of 3\nsucceeded: +2\nfailed: +1\n/);
    expect(stdout).toMatch(/took: +2\.5 s\ncomments: +1 asset failed\.\n$/);
  });

  it('says so when no job has run', async () => {
    expect(await guides(['status'], { env })).toMatchObject({ code: 0, stdout: 'No job has run yet; start one with: guides process <path>\n' });
    expect(await guides(['status', '--json'], { env })).toMatchObject({ code: 0, stdout: 'null\n' });
  });

  it('lists jobs newest first, as a table and as JSON', async () => {
    const jobs = [ended(), ended({ path: '/content/dam/b' }), ended()];
    const { stdout } = await guides(['history', '--limit', '2'], { env });
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^JOB +STATUS +DONE +FAILED +STARTED +TOOK +BY +PATH$/);
    expect(lines[1]).toMatch(new RegExp(`^${jobs[2]?.processingId ?? ''} +SUCCESS +3/3 +1 .* 2\\.5 s +olga +/content/dam/a$`));
    const json = JSON.parse((await guides(['history', '--json'], { env })).stdout) as { processingId: string }[];
    expect(json.map(({ processingId }) => processingId)).toEqual(jobs.map(({ processingId }) => processingId).reverse());
  });

  it('cancels, resumes and restarts', async () => {
    const job = processing.add();
    expect(await guides(['cancel', job.processingId], { env })).toMatchObject({ code: 0, stdout: expect.stringMatching(/status: +CANCELLED/) });
    expect(await guides(['resume', job.processingId, '--json'], { env })).toMatchObject({ code: 0 });
    expect(job.status).toBe('WAITING');
    job.status = 'SUCCESS';
    const { stdout } = await guides(['restart', job.processingId, '--json'], { env });
    expect([...processing.jobs.keys()]).toContain((JSON.parse(stdout) as { processingId: string }).processingId);
  });

  it('prints a whole log page by page, or its end', async () => {
    const { processingId } = ended();
    const lines = Array.from({ length: 4500 }, (_, i) => `line ${i}`);
    processing.lines.set(processingId, lines);
    expect(await guides(['logs', processingId], { env })).toMatchObject({ code: 0, stdout: `${lines.join('\n')}\n` });
    expect((await guides(['logs', processingId, '--tail', '2'], { env })).stdout).toBe('line 4498\nline 4499\n');
    expect((await guides(['logs', processingId, '--tail', '0'], { env })).stdout).toBe('');
  });

  it('follows a log until the job has ended, with its last lines', async () => {
    const job = processing.add();
    const lines = ['first', 'second'];
    processing.lines.set(job.processingId, lines);
    const twice = asked(3);
    const end = endOf(startGuides(['logs', job.processingId, '--tail', '1', '--follow'], { env }));
    await twice;
    lines.push('third', 'last');
    job.status = 'SUCCESS';
    expect(await end).toMatchObject({ code: 0, stdout: 'second\nthird\nlast\n' });
  });

  it('saves the archive of a log, whole or not at all', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'guides-cli-'));
    try {
      const { processingId } = ended();
      processing.lines.set(processingId, ['a line']);
      const file = join(folder, 'logs.zip');
      expect(await guides(['logs', processingId, '--download', file], { env })).toMatchObject({ code: 0, stdout: `Saved ${file}\n` });
      expect(readFileSync(file).subarray(0, 4).toString('latin1')).toBe('PK\u0003\u0004');
      expect(readdirSync(folder)).toEqual(['logs.zip']);
      const missing = join(folder, 'none', 'logs.zip');
      expect(await guides(['logs', processingId, '--download', missing], { env })).toMatchObject({ code: 1 });
      expect(existsSync(missing)).toBe(false);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('prints a report as it comes', async () => {
    const records = Array.from({ length: 3000 }, (_, i) => ({ ...REPORT_RECORD, path: `/content/dam/a/${i}`, title: 'ü'.repeat(100) }));
    processing.records = async function* () {
      yield* records;
    };
    const { code, stdout } = await guides(['report', '/content/dam/a'], { env });
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as unknown)).toEqual(records);
  });

  it('ends a report quietly when its reader has enough', async () => {
    let made = 0;
    processing.records = async function* () {
      for (; made < 1_000_000; made++) yield { path: 'x'.repeat(1000) };
    };
    const child = startGuides(['report', '/content/dam/a'], { env });
    if (!child.stdout || !child.stderr) throw new Error('The output is not piped.');
    const errors: string[] = [];
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
    await once(child.stdout, 'data');
    child.stdout.destroy();
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(errors).toEqual([]);
    expect(made).toBeLessThan(100_000);
  });

  it.each([1, 10_000])('ends with 1 when a report breaks off after %i lines', async (size) => {
    processing.records = async function* () {
      for (let i = 0; i < size; i++) yield { path: 'x'.repeat(1000) };
      throw new Error('gone');
    };
    const { code, stderr } = await guides(['report', '/content/dam/a'], { env });
    expect([code, stderr]).toEqual([1, expect.stringMatching(/ broke off (the connection|before its end): (it|the service) failed or stopped\.\n$/)]);
  });

  it.each([
    [['process', '/content/dam/none'], /^The path \/content\/dam\/none does not exist\.\n$/],
    [['process', '/content/dam/a', '--file-type', 'NONE'], /filter\.fileTypes must hold only/],
    [['status', 'none'], /^No job with processingId "none" exists\.\n$/],
    [['cancel', 'none'], /^No job with processingId "none" exists\.\n$/],
    [['logs', 'none', '--tail', '99999'], /tail/],
  ])('ends with 2 and the sentence of the service when it refuses %j', async (args, sentence) => {
    expect(await guides(args, { env })).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(sentence) });
  });

  it('ends with 2 when a job for the path is active, naming it', async () => {
    const job = processing.add();
    expect(await guides(['process', job.path], { env })).toMatchObject({ code: 2, stderr: expect.stringContaining(job.processingId) });
  });

  it('ends with 1 and an errorId when the service breaks', async () => {
    const job = processing.add();
    processing.broken = new Error('secret detail');
    const { code, stderr } = await guides(['status', job.processingId], { env });
    expect(code).toBe(1);
    expect(stderr).toMatch(/\(errorId [0-9a-f-]{36}\)\n$/);
    expect(stderr).not.toContain('secret');
  });

  it('ends with 2 when the password is wrong, missing, or part of the address', async () => {
    expect(await guides(['history'], { env: { ...env, GUIDES_PASSWORD: 'wrong' } })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('does not let "olga" in: check GUIDES_USER and GUIDES_PASSWORD.'),
    });
    const none = await guides(['history'], { env: { GUIDES_URL: env.GUIDES_URL ?? '' } });
    expect(none).toMatchObject({ code: 2, stderr: 'Set the environment variable GUIDES_PASSWORD to the password of "admin".\n' });
    const inAddress = await guides(['history', '--url', 'http://olga:secret@127.0.0.1:1'], { env });
    expect(inAddress).toMatchObject({ code: 2, stderr: expect.not.stringContaining('secret') });
  });

  it('takes the address and the user from options before the environment', async () => {
    const args = ['history', '--json', '--url', `${env.GUIDES_URL ?? ''}/bin/guides/v1/`, '--user', USERS.viewer];
    expect(await guides(args, { env: { ADMIN_PASSWORD: PASSWORD, GUIDES_URL: 'http://127.0.0.1:1' } })).toMatchObject({ code: 0, stdout: '[]\n' });
  });
});

describe('commands without a service to speak to', () => {
  let other: Server;

  beforeEach(async () => {
    other = createServer((_, response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not here</h1>'));
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
  });

  afterEach(() => other.close());

  it('says so in one sentence when nobody listens', async () => {
    const { port } = other.address() as AddressInfo;
    other.close();
    await once(other, 'close');
    const url = `http://127.0.0.1:${port}`;
    expect(await guides(['history'], { env: { GUIDES_URL: url, GUIDES_PASSWORD: 'x' } })).toEqual({
      code: 2,
      stdout: '',
      stderr: `No service answers at ${url}: start it with \`npm start\`, or name another with --url or GUIDES_URL.\n`,
    });
  });

  it('says so when something else listens', async () => {
    const { port } = other.address() as AddressInfo;
    const end = await guides(['history'], { env: { GUIDES_URL: `http://127.0.0.1:${port}`, GUIDES_PASSWORD: 'x' } });
    expect(end).toMatchObject({ code: 2, stderr: expect.stringContaining('is not this service (HTTP 404)') });
  });
});
