import type { BatchId, JobStore } from '../../contracts/job.js';
import type { WorkQueue } from '../../contracts/work-queue.js';
import type { BatchRunner } from './batch.runner.js';
import { Engine } from './engine.js';
import type { Planner } from './planner.js';
import type { ReferencePhase } from './reference.phase.js';

const SWEEP_MS = 10_000;

/** A database with one job and so many batches due, and a queue whose batches the test runs. */
class Surroundings {
  sweeps = 0;
  endBatch: () => Promise<void> = () => Promise.reject(new Error('The engine takes no batches.'));

  readonly jobs = {
    expireOwners: () => Promise.resolve(0),
    activeJobs: () => Promise.resolve(['job']),
    settle: () => Promise.resolve(null),
    claimPlan: () => Promise.resolve(null),
    dueBatches: () => {
      this.sweeps++;
      return Promise.resolve(Array.from({ length: this.due }, (_, number) => batch(number)));
    },
  } satisfies Partial<JobStore>;

  readonly queue = {
    offer: () => Promise.resolve(),
    drain: () => Promise.resolve(),
    consume: (run) => {
      this.endBatch = () => run(batch(0), new AbortController().signal);
      return Promise.resolve();
    },
  } satisfies Partial<WorkQueue>;

  constructor(public due: number) {}

  engine(): Engine {
    const unused: unknown = null;
    return new Engine(
      this.jobs as unknown as JobStore,
      this.queue as unknown as WorkQueue,
      unused as Planner,
      unused as ReferencePhase,
      { run: () => Promise.resolve(true) } as unknown as BatchRunner,
      () => { throw new Error('Nothing is planned.'); },
      { start: () => undefined, stop: () => Promise.resolve(), hold: () => undefined, drop: () => undefined },
      'test',
      { leaseMs: 60_000, sweepMs: SWEEP_MS, drainMs: 1000, failureThreshold: 1, maxAttempts: 3, retryDelayMs: 1 },
    );
  }

  async endBatches(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      await this.endBatch();
      await jest.advanceTimersByTimeAsync(0);
    }
  }
}

const batch = (number: number): BatchId => ({ processingId: 'job', step: 'process', number });

describe('engine', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  async function started(due: number): Promise<{ around: Surroundings; engine: Engine }> {
    const around = new Surroundings(due);
    const engine = around.engine();
    await engine.start();
    await jest.advanceTimersByTimeAsync(0);
    expect(around.sweeps).toBe(1);
    return { around, engine };
  }

  it('looks for work whenever a batch ends while few are due', async () => {
    const { around, engine } = await started(3);
    await around.endBatches(10);
    expect(around.sweeps).toBe(11);
    await engine.stop();
  });

  it('looks only now and then while many are due, and after the last end all the same', async () => {
    const { around, engine } = await started(100);
    await around.endBatches(10);
    expect(around.sweeps).toBe(1);
    around.due = 0;
    await jest.advanceTimersByTimeAsync(1000);
    expect(around.sweeps).toBe(2);
    await around.endBatches(2);
    expect(around.sweeps).toBe(4);
    await engine.stop();
  });

  it('looks at once for what was announced, however many are due', async () => {
    const { around, engine } = await started(100);
    engine.nudge();
    await jest.advanceTimersByTimeAsync(0);
    expect(around.sweeps).toBe(2);
    await engine.stop();
  });

  it('looks no more once it is stopped', async () => {
    const { around, engine } = await started(100);
    await around.endBatches(1);
    await engine.stop();
    await jest.advanceTimersByTimeAsync(2 * SWEEP_MS);
    expect(around.sweeps).toBe(1);
    expect(jest.getTimerCount()).toBe(0);
  });
});
