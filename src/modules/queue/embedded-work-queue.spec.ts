import type { BatchId } from '../../contracts/job.js';
import { EmbeddedWorkQueue } from './embedded-work-queue.js';

const batch = (number: number, processingId = 'job'): BatchId => ({ processingId, step: 'process', number });

/** Runs that end when told to. */
class Gate {
  readonly started: number[] = [];
  readonly aborted: number[] = [];
  private readonly ends = new Map<number, () => void>();

  run = (id: BatchId, signal: AbortSignal): Promise<void> => {
    this.started.push(id.number);
    return new Promise((resolve) => {
      this.ends.set(id.number, resolve);
      signal.addEventListener('abort', () => {
        this.aborted.push(id.number);
        resolve();
      });
    });
  };

  async finish(number: number): Promise<void> {
    this.ends.get(number)?.();
    await new Promise((resume) => setImmediate(resume));
  }
}

describe('embedded work queue', () => {
  it('runs no more than its concurrency at once, in the order offered', async () => {
    const gate = new Gate();
    const queue = new EmbeddedWorkQueue(2);
    await queue.consume(gate.run);
    await queue.offer([batch(1), batch(2), batch(3)]);
    expect(gate.started).toEqual([1, 2]);
    await gate.finish(1);
    expect(gate.started).toEqual([1, 2, 3]);
  });

  it('takes a batch that is offered again while it waits or runs only once', async () => {
    const gate = new Gate();
    const queue = new EmbeddedWorkQueue(1);
    await queue.consume(gate.run);
    await queue.offer([batch(1), batch(2)]);
    await queue.offer([batch(1), batch(2)]);
    await gate.finish(1);
    await gate.finish(2);
    expect(gate.started).toEqual([1, 2]);
  });

  it('aborts what it does for a cancelled job and forgets what waits', async () => {
    const gate = new Gate();
    const queue = new EmbeddedWorkQueue(1);
    await queue.consume(gate.run);
    await queue.offer([batch(1), batch(2), batch(3, 'other')]);
    queue.abort('job');
    await new Promise((resume) => setImmediate(resume));
    expect(gate.aborted).toEqual([1]);
    expect(gate.started).toEqual([1, 3]);
  });

  it('lets running work end when it drains, and takes nothing new', async () => {
    const gate = new Gate();
    const queue = new EmbeddedWorkQueue(1);
    await queue.consume(gate.run);
    await queue.offer([batch(1), batch(2)]);
    const drained = queue.drain(60_000);
    await gate.finish(1);
    await drained;
    await queue.offer([batch(4)]);
    expect([gate.started, gate.aborted]).toEqual([[1], []]);
  });

  it('aborts what outlasts the deadline of a drain', async () => {
    const gate = new Gate();
    const queue = new EmbeddedWorkQueue(1);
    await queue.consume(gate.run);
    await queue.offer([batch(1)]);
    await queue.drain(0);
    expect(gate.aborted).toEqual([1]);
  });
});
