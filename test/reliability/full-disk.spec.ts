import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { untilTrue } from '../support/cluster.js';
import { dataViolations } from '../support/data-violations.js';
import { guides } from '../support/guides-cli.js';
import { leftovers, loggedLines, NOTHING_LEFT, verdictsOf } from '../support/job-evidence.js';
import { sampleTree, writeTree } from '../support/sample-tree.js';
import { ServiceData } from '../support/service-data.js';
import { SpawnedService } from '../support/spawned-service.js';

const ASSETS = 1000;
const PATH = '/content/dam/full';
const KIB = 1024;
/** What files may grow by before the disk seems full. */
const ROOM_KIB = 400;

jest.setTimeout(120_000);

/** Lets no file of the process grow beyond so much: the system refuses the write, as a full disk does. */
function withFilesUpTo(kib: number): string[] {
  // The soft limit, so that it can be raised again.
  return ['prlimit', `--fsize=${kib * KIB}:`, '--'];
}

describe('a disk on which files can no longer grow', () => {
  const source = mkdtempSync(join(tmpdir(), 'guides-full-'));
  let data: ServiceData;
  let service: SpawnedService | null = null;

  beforeAll(() => writeTree(source, sampleTree(ASSETS)));
  beforeEach(() => {
    data = ServiceData.create({ batchSize: 50, leaseMs: 1500, sweepMs: 100, retryDelayMs: 100 });
  });
  afterEach(async () => {
    await service?.end('SIGKILL');
    service = null;
    data.remove();
  });
  afterAll(() => rmSync(source, { recursive: true, force: true }));

  it('holds the job up and says so, while reads are answered; with room again it goes on by itself and ends exact', async () => {
    await data.import(source, PATH);
    const file = join(data.environment.DATA_DIR, 'guides.sqlite');
    service = await SpawnedService.spawn({ ...data.environment, LOG_LEVEL: 'warn' }, withFilesUpTo(Math.ceil(statSync(file).size / KIB) + ROOM_KIB));
    await service.listening();
    const processingId = await service.startJob(PATH);
    await untilTrue('the disk is full', () => Promise.resolve(service?.stdout.includes('its disk is full') === true));
    const held = await service.status(processingId);
    expect(held).toMatchObject({ status: 'IN_PROGRESS' });
    expect(held.triggeredCount).toBeLessThan(ASSETS);
    expect(verdictsOf(await loggedLines(service, processingId)).size).toBe(held.triggeredCount);
    const refused = await service.ask('/assets/process/cancel', { processingId });
    expect([refused.status, await refused.json()]).toEqual([500, expect.objectContaining({ message: expect.any(String) as string, errorId: expect.any(String) as string })]);

    execFileSync('prlimit', ['--pid', String(service.pid), '--fsize=unlimited']);
    expect((await service.finished(processingId)).triggeredCount).toBe(ASSETS);
    const verdicts = verdictsOf(await loggedLines(service, processingId));
    expect([verdicts.size, [...verdicts].filter(([, said]) => said.length !== 1)]).toEqual([ASSETS, []]);
    expect(await service.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(await leftovers(data.settings.databaseUrl)).toEqual(NOTHING_LEFT);
    expect(await dataViolations(data.settings.databaseUrl)).toEqual([]);
  });

  it('ends an import with a sentence; with room it is finished by the same command', async () => {
    const large = mkdtempSync(join(tmpdir(), 'guides-large-'));
    try {
      mkdirSync(join(large, 'a'));
      writeFileSync(join(large, 'a/small.md'), '# Small\n');
      writeFileSync(join(large, 'b.bin'), randomBytes(3 * KIB * KIB));
      const command = ['import', large, PATH];
      const refused = await guides(command, { env: data.environment, launcher: withFilesUpTo(2 * KIB) });
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('Content cannot be stored: the file would become larger than the system allows.');
      expect(refused.stderr).not.toMatch(/\bat .+:\d+/);
      const finished = await guides(command, { env: data.environment });
      expect(finished).toMatchObject({ code: 0, stderr: '' });
      expect(await dataViolations(data.settings.databaseUrl)).toEqual([]);
    } finally {
      rmSync(large, { recursive: true });
    }
  });
});
