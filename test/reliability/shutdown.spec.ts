import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leftovers, loggedLines, NOTHING_LEFT, verdictsOf } from '../support/job-evidence.js';
import { sampleTree, writeTree } from '../support/sample-tree.js';
import { ServiceData } from '../support/service-data.js';
import { SpawnedService } from '../support/spawned-service.js';

const ASSETS = 1500;
const PATH = '/content/dam/shutdown';
const DRAIN_MS = 10_000;

jest.setTimeout(120_000);

describe('SIGTERM in the middle of a job', () => {
  let source: string;
  let data: ServiceData;

  beforeAll(async () => {
    source = mkdtempSync(join(tmpdir(), 'guides-shutdown-'));
    writeTree(source, sampleTree(ASSETS));
    // A lease far longer than the test: what is not given back would be missing at the end.
    data = ServiceData.create({ batchSize: 30, leaseMs: 600_000, drainMs: DRAIN_MS });
    await data.import(source, PATH);
  });
  afterAll(() => {
    data.remove();
    rmSync(source, { recursive: true, force: true });
  });

  it('exits with 0 within the drain time, gives back what it holds, and the next start ends exact', async () => {
    const first = await SpawnedService.start(data.environment);
    const processingId = await first.startJob(PATH);
    await first.statusWhen(processingId, ({ triggeredCount }) => triggeredCount >= 1);
    // Twice: at the first commits, and further on.
    await expectCleanEnd(first);
    const second = await SpawnedService.start(data.environment);
    await second.statusWhen(processingId, ({ triggeredCount }) => triggeredCount >= ASSETS / 3);
    await expectCleanEnd(second);

    const third = await SpawnedService.start(data.environment);
    try {
      const { succeededCount, failedCount, triggeredCount, migrationSet } = await third.finished(processingId);
      const broken = sampleTree(ASSETS).filter(({ succeeds }) => !succeeds).length;
      expect({ succeededCount, failedCount, triggeredCount, totalFiles: migrationSet.totalFiles }).toEqual({
        succeededCount: ASSETS - broken,
        failedCount: broken,
        triggeredCount: ASSETS,
        totalFiles: ASSETS,
      });
      const verdicts = verdictsOf(await loggedLines(third, processingId));
      expect(verdicts.size).toBe(ASSETS);
      expect([...verdicts].filter(([, said]) => said.length !== 1)).toEqual([]);
    } finally {
      await third.end('SIGTERM');
    }
    expect(await leftovers(data.settings.databaseUrl)).toEqual(NOTHING_LEFT);
  });

  async function expectCleanEnd(service: SpawnedService): Promise<void> {
    const asked = performance.now();
    const end = await service.end('SIGTERM');
    expect({ ...end, stderr: service.stderr }).toEqual({ code: 0, signal: null, stderr: '' });
    expect(performance.now() - asked).toBeLessThan(DRAIN_MS);
    const left = await leftovers(data.settings.databaseUrl);
    expect(left).toMatchObject({ leasedBatches: 0, leasedSteps: 0 });
    expect(left.openBatches).toBeGreaterThan(0);
  }
});
