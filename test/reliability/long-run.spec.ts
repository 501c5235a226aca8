import { setTimeout as delay } from 'node:timers/promises';
import { RetentionScheduler } from '../../src/modules/processing/retention.scheduler.js';
import { EVENT_OUTBOX, STATUS_JOB_STORE } from '../../src/contracts/tokens.js';
import type { StatusView } from '../../src/modules/http/job-view.js';
import { dataViolations } from '../support/data-violations.js';
import { brokenOf, generatedTopics } from '../support/generated-source.js';
import { call, USERS } from '../support/http-service.js';
import { residentMib } from '../support/process-memory.js';
import { RunningService } from '../support/running-service.js';
import { ServiceData } from '../support/service-data.js';
import { SpawnedService } from '../support/spawned-service.js';

/** The long form has a million (npm run test:reliability). */
const ASSETS = Number(process.env.LONG_RUN_ASSETS ?? 20_000);
const IS_LONG = ASSETS >= 100_000;
/** Assets a second in the last tenth against the first; the short form runs beside other tests. */
const LEAST_RATIO = IS_LONG ? 0.9 : 0.4;
/** Memory in the last tenth against the second: in the first, caches fill. */
const MOST_GROWTH = 1.15;
/** Of one answer while old jobs are deleted; in the short form other tests take processors too. */
const MAX_STALL_MS = IS_LONG ? 250 : 1000;
const LOOK_MS = 100;
const PATH = '/content/dam/long';
const MONTH_MS = 31 * 24 * 60 * 60 * 1000;

/** What was seen at one look at the job. */
interface Look {
  atMs: number;
  done: number;
  mib: number;
}

jest.setTimeout(7_200_000);

describe(`a job of ${ASSETS} small assets on SQLite`, () => {
  let data: ServiceData;
  let processingId: string;

  beforeAll(async () => {
    data = ServiceData.create({});
    await data.importFrom(generatedTopics(ASSETS), PATH);
  });
  afterAll(() => data.remove());

  it('keeps its memory and its speed to the end, and is exact', async () => {
    const service = await SpawnedService.start({ ...data.environment, LOG_LEVEL: 'error' });
    try {
      processingId = await service.startJob(PATH);
      const looks = await watched(service, processingId);
      const status = await ended(service, processingId);
      const tenths = Array.from({ length: 10 }, (_, i) => tenth(looks, i));
      const [first, second] = tenths;
      const last = tenths.at(-1);
      if (!first || !second || !last) throw new Error('There are ten tenths.');
      process.stderr.write(
        `${ASSETS} assets: ${tenths.map(({ rate }) => rate.toFixed(0)).join(' ')} assets/s by tenths, ` +
          `${tenths.map(({ mib }) => mib.toFixed(0)).join(' ')} MiB, whole job ${((status.completedAt - status.startedAt) / 1000).toFixed(0)} s\n`,
      );
      expect(status.status).toBe('SUCCESS');
      expect([status.triggeredCount, status.succeededCount, status.failedCount]).toEqual([ASSETS, ASSETS - brokenOf(ASSETS), brokenOf(ASSETS)]);
      expect(last.rate / first.rate).toBeGreaterThan(LEAST_RATIO);
      expect(last.mib / second.mib).toBeLessThan(MOST_GROWTH);
    } finally {
      await service.end('SIGTERM');
    }
    expect(await dataViolations(data.settings.databaseUrl)).toEqual([]);
  });

  it('is deleted when it is old, and the service answers meanwhile', async () => {
    const service = await RunningService.open(data.settings);
    try {
      const { app, jobs } = service;
      const retention = new RetentionScheduler(jobs, app.get(EVENT_OUTBOX, { strict: false }), app.get(STATUS_JOB_STORE, { strict: false }), 30, 0);
      // The first login derives a key, and the first request loads what it needs.
      await ask(service);
      const started = performance.now();
      const purging = { isOver: false };
      const purged = retention.purge(new Date(Date.now() + MONTH_MS)).finally(() => (purging.isOver = true));
      let worst = 0;
      let answers = 0;
      while (!purging.isOver) {
        const asked = performance.now();
        await ask(service);
        worst = Math.max(worst, performance.now() - asked);
        answers++;
      }
      await purged;
      process.stderr.write(`deleted in ${(performance.now() - started).toFixed(0)} ms; ${answers} answers meanwhile, the longest ${worst.toFixed(0)} ms\n`);
      for (const table of ['guides_job', 'guides_job_batch', 'guides_job_log', 'guides_job_failure']) {
        expect([table, await service.database.reader.query(`SELECT COUNT(*) AS n FROM ${table}`)]).toEqual([table, [{ n: 0 }]]);
      }
      expect(worst).toBeLessThan(MAX_STALL_MS);
    } finally {
      await service.close();
    }
  });

  async function ask({ app }: RunningService): Promise<void> {
    await call(app, 'get', '/assets/process/history', USERS.operator).expect(200);
  }

  /** Counts stand still while references are resolved, here for minutes. */
  async function ended(service: SpawnedService, id: string): Promise<StatusView> {
    for (;;) {
      const status = await service.status(id);
      if (!status.cancellable) return status;
      await delay(LOOK_MS);
    }
  }

  async function watched(service: SpawnedService, id: string): Promise<Look[]> {
    const looks: Look[] = [{ atMs: performance.now(), done: 0, mib: residentMib(service.pid) }];
    for (;;) {
      const { triggeredCount: done } = await service.status(id);
      looks.push({ atMs: performance.now(), done, mib: residentMib(service.pid) });
      if (done >= ASSETS) return looks;
      await delay(LOOK_MS);
    }
  }
});

/** Speed (assets a second) and the most memory while the `i`-th tenth was done. */
function tenth(looks: readonly Look[], i: number): { rate: number; mib: number } {
  const within = looks.filter(({ done }) => done >= (i * ASSETS) / 10 && done <= ((i + 1) * ASSETS) / 10);
  const [from] = within;
  const to = within.at(-1);
  if (!from || !to || to.atMs === from.atMs) throw new Error(`Too few looks at tenth ${i + 1}: make LONG_RUN_ASSETS larger.`);
  return { rate: ((to.done - from.done) / (to.atMs - from.atMs)) * 1000, mib: Math.max(...within.map(({ mib }) => mib)) };
}
