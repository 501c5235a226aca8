import type { WorkQueue } from '../../contracts/work-queue.js';

/** What the use cases say to those who work, in this process and in others. */
export interface WorkCalls {
  /** There is new work: whoever has room looks for it. */
  announce(): void;
  /** What is being done for the job is thrown away. */
  abandon(processingId: string): void;
}

/** A process's own part in the work, from its start to its end. */
export interface Work extends WorkCalls {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** In a process that only serves HTTP: all work is others'. */
export class RemoteWork implements Work {
  constructor(private readonly queue: WorkQueue) {}

  start(): Promise<void> {
    return Promise.resolve();
  }

  announce(): void {
    this.queue.announce();
  }

  abandon(processingId: string): void {
    this.queue.abort(processingId);
  }

  /** Lets go of the queue's connections. */
  stop(): Promise<void> {
    return this.queue.drain(0);
  }
}
