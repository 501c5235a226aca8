import { dataViolations, graphOf } from '../support/data-violations.js';
import { DATABASES } from '../support/databases.js';
import { FAULT_POINTS, faultAt, type FaultPoint, isFrozen } from '../support/faulty-service.js';
import { ImportedTree } from '../support/imported-tree.js';
import { leftovers, loggedLines, NOTHING_LEFT, verdictsOf } from '../support/job-evidence.js';
import { sampleTree } from '../support/sample-tree.js';
import { SpawnedService } from '../support/spawned-service.js';
import { untilTrue } from '../support/cluster.js';

const PATH = '/content/dam/fault';
const PROCESSING = { batchSize: 20, workerThreads: 1, leaseMs: 1500, sweepMs: 50, retryDelayMs: 50 };
/** How often a point is passed before the signal comes; the long form has more of them (npm run test:reliability). */
const PASSES = process.env.FAULT_POINTS === 'long' ? [1, 2, 3, 5] : [2];
/** Enough batches for every point in turn: a process that is stopped has committed as many as it passed points, and two more in hand. */
const ASSETS = PROCESSING.batchSize * 4 * (Math.max(...PASSES) + 2);
/** Planned in two portions, and ended once. */
const RARE: Partial<Record<FaultPoint, number>> = { planned: 2, 'before-completion': 1 };

jest.setTimeout(180_000);

describe.each(DATABASES)('a process that is stopped at a named point of the engine, on %s', (database) => {
  // One that is frozen with a transaction open keeps everybody from a SQLite file: there it works at one batch at a time, and is in none at the points.
  const concurrency = database === 'SQLite' ? 1 : 2;
  const tree = new ImportedTree(PATH, sampleTree(ASSETS), { ...PROCESSING, concurrency }, database);
  const services = new Set<SpawnedService>();
  let undisturbed: string[] | null = null;

  afterEach(async () => {
    await Promise.all([...services].map((service) => service.end('SIGKILL')));
    services.clear();
  });

  async function spawn(environment: Record<string, string> = {}): Promise<SpawnedService> {
    const service = await SpawnedService.spawn({ ...tree.environment, LOG_LEVEL: 'error', ...environment });
    services.add(service);
    return service;
  }

  async function start(environment: Record<string, string> = {}): Promise<SpawnedService> {
    const service = await spawn(environment);
    await service.listening();
    return service;
  }

  /** By a process that does no work, so that the one under test finds the job from its beginning. */
  async function startJob(): Promise<string> {
    const api = await start({ ROLE: 'api' });
    const processingId = await api.startJob(PATH);
    await api.end('SIGTERM');
    return processingId;
  }

  /** By the job's log, and when all processes have ended by the database: as if nothing had happened. */
  async function expectExact(service: SpawnedService, processingId: string): Promise<void> {
    const { total, failed } = tree.whole;
    expect(await service.finished(processingId)).toMatchObject({ triggeredCount: total, succeededCount: total - failed, failedCount: failed, skippedCount: 0, migrationSet: { totalFiles: total } });
    const verdicts = verdictsOf(await loggedLines(service, processingId));
    expect([verdicts.size, [...verdicts].filter(([, said]) => said.length !== 1)]).toEqual([total, []]);
    for (const one of services) await one.end('SIGTERM');
    const { databaseUrl } = tree.settings;
    expect(await leftovers(databaseUrl)).toEqual(NOTHING_LEFT);
    expect(await dataViolations(databaseUrl)).toEqual([]);
    const graph = await graphOf(databaseUrl);
    undisturbed ??= graph;
    expect(graph).toEqual(undisturbed);
  }

  it('undisturbed ends exact', async () => {
    const processingId = await startJob();
    await expectExact(await start(), processingId);
  });

  describe.each(PASSES)('after %d passes', (passes) => {
    const times = (point: FaultPoint): number => Math.min(passes, RARE[point] ?? passes);

    it.each(['SIGKILL', 'SIGTERM'] as const)('by %s at every point in turn: the next start takes the job up where it was', async (signal) => {
      const processingId = await startJob();
      for (const point of FAULT_POINTS) {
        // It may be stopped before it listens.
        const service = await spawn(faultAt(point, times(point), signal));
        const end = await service.ended;
        expect([point, end, service.stderr]).toEqual([
          point,
          signal === 'SIGKILL' ? { code: null, signal } : { code: 0, signal: null },
          `${signal} at ${point}\n`,
        ]);
        services.delete(service);
      }
      await expectExact(await start(), processingId);
    });

    // On SQLite nobody else could do anything.
    const freezable = FAULT_POINTS.filter((point) => database !== 'SQLite' || point !== 'before-commit');

    it.each(freezable)('by SIGSTOP at %s past its leases: another finishes, and of what it does when it wakes (SIGCONT) nothing is written', async (point) => {
      const processingId = await startJob();
      const frozen = await start(faultAt(point, times(point), 'SIGSTOP'));
      await untilTrue(`standing still at ${point}`, () => Promise.resolve(isFrozen(frozen.pid)));
      const other = await start();
      await other.finished(processingId);
      const before = [await other.status(processingId), await loggedLines(other, processingId)];
      frozen.signal('SIGCONT');
      expect((await frozen.status(processingId)).status).toBe('SUCCESS');
      expect(await frozen.end('SIGTERM')).toEqual({ code: 0, signal: null });
      services.delete(frozen);
      expect([await other.status(processingId), await loggedLines(other, processingId)]).toEqual(before);
      await expectExact(other, processingId);
    });
  });
});
