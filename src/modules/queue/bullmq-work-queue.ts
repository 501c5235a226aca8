import type { Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import { type BatchId, STEPS } from '../../contracts/job.js';
import type { WorkQueue } from '../../contracts/work-queue.js';
import { type EmbeddedWorkQueue, keyOf, type Run } from './embedded-work-queue.js';
import { OfferedBatches } from './offered-batches.js';
import type { RedisTrouble } from './redis-trouble.js';

/** Messages that wait: enough for many workers until the next look, few enough that a new job is not behind them for long. */
const MAX_WAITING = 200;
/** Batches of the lowest numbers, sent however many wait: a small job must not wait for the end of a large one. */
const ALWAYS_SENT = 20;
/** After a failure Redis is left alone for so long. */
const REST_MS = 1000;
/** BullMQ's highest number of a priority. */
const MAX_PRIORITY = 2 ** 21;
/** For the connections to end; what hangs longer is cut off. */
const CLOSE_MS = 1000;

/** A message: which batch, and nothing of what is in it. */
export interface BatchMessage {
  job: string;
  step: number;
  number: number;
}

/** What the queue needs of BullMQ and Redis; made by `openBullMqQueue`. */
export interface RedisParts {
  /** Its commands fail soon rather than wait. */
  sender: Redis;
  queue: Queue<BatchMessage>;
  /** Begins to take messages. */
  takeMessages: (take: (message: BatchMessage) => Promise<void>) => { worker: Worker<BatchMessage>; listener: Redis; connections: Redis[] };
  channel: string;
  trouble: RedisTrouble;
}

/**
 * The work queue over Redis: any number of processes send batches and take them. The messages are hints (processing.md,
 * rule 2): a lost one is sent again, a doubled one finds its batch taken, and while Redis is away every process works on
 * what it finds in the database itself. So no call here fails, and none waits for a Redis that does not answer.
 */
export class BullMqWorkQueue implements WorkQueue {
  private readonly offered = new OfferedBatches();
  private taking: ReturnType<RedisParts['takeMessages']> | null = null;
  private restUntilMs = 0;

  /** @param local runs what this process has taken, wherever it came from, within its concurrency. */
  constructor(
    private readonly redis: RedisParts,
    private readonly local: EmbeddedWorkQueue,
  ) {}

  async offer(batches: readonly BatchId[]): Promise<void> {
    if (batches.length === 0) return;
    this.offered.seen(batches);
    if (!(await this.isSent(batches))) {
      await this.local.offer(batches);
      return;
    }
    // Redis took them, but nobody works on them and neither does this process: it helps itself.
    if (this.local.runningCount === 0) await this.local.offer(this.offered.orphaned(batches).slice(0, 1));
  }

  async consume(run: Run, look: () => void): Promise<void> {
    await this.local.consume((batch, signal) => {
      this.offered.taken(batch);
      return run(batch, signal);
    });
    this.taking = this.redis.takeMessages((message) => this.take(message));
    this.listen(this.taking.listener, look);
  }

  announce(): void {
    this.tell('look');
  }

  abort(processingId: string): void {
    this.local.abort(processingId);
    this.tell(`abort ${processingId}`);
  }

  async drain(deadlineMs: number): Promise<void> {
    // Not awaited: with Redis away it would take for ever.
    const paused = this.taking?.worker.pause(true).catch(() => undefined);
    await this.local.drain(deadlineMs);
    await this.withinTime(Promise.all([paused, this.taking?.worker.close(), this.redis.queue.close()]));
    for (const connection of [this.redis.sender, this.taking?.listener, ...(this.taking?.connections ?? [])]) connection?.disconnect();
  }

  private async take({ job, step, number }: BatchMessage): Promise<void> {
    const name = STEPS[step];
    // Of a newer version: it is for those who know it.
    if (name !== undefined) await this.local.take({ processingId: job, step: name, number });
  }

  /** False when Redis cannot be used now. */
  private async isSent(batches: readonly BatchId[]): Promise<boolean> {
    const { queue, sender, trouble } = this.redis;
    if (sender.status !== 'ready' || performance.now() < this.restUntilMs) return false;
    try {
      const unsent = this.offered.unsent(batches);
      if (unsent.length === 0) return true;
      const room = MAX_WAITING - (await queue.getJobCountByTypes('wait', 'prioritized'));
      const sending = unsent.slice(0, Math.max(room, ALWAYS_SENT));
      await queue.addBulk(sending.map(message));
      this.offered.sent(sending);
      trouble.isOver();
      return true;
    } catch (error) {
      trouble.report(error);
      this.restUntilMs = performance.now() + REST_MS;
      return false;
    }
  }

  private listen(listener: Redis, look: () => void): void {
    listener.on('message', (_channel: string, text: string) => {
      const [word, processingId] = text.split(' ');
      if (word === 'look') look();
      else if (word === 'abort' && processingId !== undefined) this.local.abort(processingId);
    });
    listener.subscribe(this.redis.channel).catch((error: unknown) => this.redis.trouble.report(error));
  }

  private tell(text: string): void {
    this.redis.sender.publish(this.redis.channel, text).catch((error: unknown) => this.redis.trouble.report(error));
  }

  private async withinTime(closing: Promise<unknown>): Promise<void> {
    const given = new AbortController();
    await Promise.race([closing.catch(() => undefined), delay(CLOSE_MS, undefined, { signal: given.signal }).catch(() => undefined)]);
    given.abort();
  }
}

/** A batch has one message at most: BullMQ leaves out what has the id of a message that is there. */
function message(batch: BatchId): Parameters<Queue<BatchMessage>['addBulk']>[0][number] {
  const { processingId, step, number } = batch;
  return {
    name: 'batch',
    data: { job: processingId, step: STEPS.indexOf(step), number },
    opts: { jobId: keyOf(batch), priority: Math.min(number + 1, MAX_PRIORITY), removeOnComplete: true, removeOnFail: true },
  };
}
