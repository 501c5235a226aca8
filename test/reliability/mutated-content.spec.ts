import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { loggedLines, verdictsOf } from '../support/job-evidence.js';
import { mutatedFiles } from '../support/mutated-files.js';
import { peakMib } from '../support/process-memory.js';
import { ServiceData } from '../support/service-data.js';
import { SpawnedService } from '../support/spawned-service.js';

/** The long form has ten thousand (npm run test:reliability). */
const MUTATIONS = Number(process.env.MUTATIONS ?? 1000);
const SEED = Number(process.env.MUTATION_SEED ?? 20_261_124);
const PATH = '/content/dam/mutated';
const MAX_RSS_MIB = 700;
/** Of one answer, while the job runs and nothing else does. Tests beside this one take processors too. */
const MAX_STALL_MS = process.env.MUTATIONS === undefined ? 2000 : 250;

jest.setTimeout(900_000);

describe(`${MUTATIONS} mutated files (seed ${SEED})`, () => {
  const source = mkdtempSync(join(tmpdir(), 'guides-mutated-'));
  let data: ServiceData;
  let service: SpawnedService;

  beforeAll(async () => {
    for (const { path, bytes } of mutatedFiles(MUTATIONS, SEED)) {
      const file = join(source, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, bytes);
    }
    data = ServiceData.create({ renditions: true, sweepMs: 100 });
    await data.import(source, PATH);
    service = await SpawnedService.start({ ...data.environment, LOG_LEVEL: 'error' });
  });
  afterAll(async () => {
    await service.end('SIGKILL');
    data.remove();
    rmSync(source, { recursive: true, force: true });
  });

  it('end as SUCCESS, or FAILED with a reason; memory is bounded, no thread is lost for good, and HTTP answers meanwhile', async () => {
    const processingId = await service.startJob(PATH);
    let watching = true;
    const stalls = (async () => {
      let worst = 0;
      while (watching) {
        const asked = performance.now();
        await service.fetch('/system/status');
        worst = Math.max(worst, performance.now() - asked);
        await delay(20);
      }
      return worst;
    })();
    const status = await service.finished(processingId);
    watching = false;
    const worst = await stalls;
    const peak = peakMib(service.pid);
    process.stderr.write(
      `mutations: ${status.succeededCount} SUCCESS, ${status.failedCount} FAILED, longest answer ${worst.toFixed(0)} ms, peak ${peak.toFixed(0)} MiB\n`,
    );
    expect([status.triggeredCount, status.succeededCount + status.failedCount, status.skippedCount]).toEqual([MUTATIONS, MUTATIONS, 0]);
    const verdicts = verdictsOf(await loggedLines(service, processingId));
    expect(verdicts.size).toBe(MUTATIONS);
    expect([...verdicts].filter(([, said]) => said.length !== 1)).toEqual([]);
    expect(peak).toBeLessThan(MAX_RSS_MIB);
    expect(worst).toBeLessThan(MAX_STALL_MS);
  });

  it('each that failed says why, and none is the fault of the service', async () => {
    const records = (await (await service.fetch(`/assets/report?path=${PATH}`)).text()).split('\n').filter((line) => line !== '');
    const failed = records.map((line) => JSON.parse(line) as { path: string; outcome: string; error: { code: string; message: string } | null }).filter(({ outcome }) => outcome === 'FAILED');
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.filter(({ error }) => !error?.message)).toEqual([]);
    expect(failed.filter(({ error }) => error?.code === 'INTERNAL' || error?.code === 'WORKER_LOST' || error?.code === 'TIME_LIMIT')).toEqual([]);
    expect(service.stderr).toBe('');
  });

  it('leave the service as able as before', async () => {
    const again = await service.finished(await service.startJob(`${PATH}/part-0`));
    expect(again.triggeredCount).toBe(Math.min(200, MUTATIONS));
  });
});
