import type { Queue as QueueClass, Worker as WorkerClass } from 'bullmq';
import type { Redis as RedisClass, RedisOptions } from 'ioredis';
import { loadOptional } from '../../contracts/optional-package.js';
import type { RedisSettings } from '../../contracts/settings.js';
import { type BatchMessage, BullMqWorkQueue, type RedisParts } from './bullmq-work-queue.js';
import { EmbeddedWorkQueue } from './embedded-work-queue.js';
import { IMPATIENT, PATIENT, redisOptions } from './redis-options.js';
import { RedisTrouble } from './redis-trouble.js';

/** BullMQ's name of the queue; its keys begin with the prefix and this. */
const QUEUE = 'batches';
/** Entries that BullMQ keeps for listeners, of which there are none. */
const KEPT_EVENTS = 100;
/** Times that a message may come back from a worker that died before it is dropped; the next look sends it again. */
const MAX_STALLED = 1000;
const SHORTEST_STALLED_INTERVAL_MS = 1000;

export interface BullMqOptions {
  /** Batches in work at once in this process. */
  concurrency: number;
  /** After so long a dead worker's message is given to another, as its batch is. */
  leaseMs: number;
}

/** Loaded only here: whoever has no Redis needs neither package. */
interface Packages {
  Queue: typeof QueueClass;
  Worker: typeof WorkerClass;
  Redis: typeof RedisClass;
}

/**
 * A queue on the Redis of `url`. Does not wait for it: a Redis that is away when the service starts is used once it is there.
 * @throws ConfigurationError when a package is not installed or the settings cannot be used.
 */
export async function openBullMqQueue(
  url: string,
  settings: RedisSettings,
  { concurrency, leaseMs }: BullMqOptions,
  load: () => Promise<Packages> = loadPackages,
): Promise<BullMqWorkQueue> {
  const base = redisOptions(url, settings);
  const { Queue, Worker, Redis } = await loadOptional('The setting redis.url', load);
  const trouble = new RedisTrouble();
  const report = (error: unknown): void => trouble.report(error);
  const connect = (options: RedisOptions): RedisClass => new Redis({ ...base, ...options }).on('error', report);
  const sender = connect(IMPATIENT);
  const { keyPrefix: prefix } = settings;
  const queue = new Queue<BatchMessage>(QUEUE, { connection: sender, prefix, streams: { events: { maxLen: KEPT_EVENTS } } });
  queue.on('error', report);
  const takeMessages: RedisParts['takeMessages'] = (take) => {
    const connection = connect(PATIENT);
    const worker = new Worker<BatchMessage>(QUEUE, ({ data }) => take(data), {
      connection,
      prefix,
      concurrency,
      lockDuration: leaseMs,
      stalledInterval: Math.max(SHORTEST_STALLED_INTERVAL_MS, Math.floor(leaseMs / 3)),
      maxStalledCount: MAX_STALLED,
    });
    worker.on('error', report);
    return { worker, listener: connect(PATIENT), connections: [connection] };
  };
  return new BullMqWorkQueue({ sender, queue, takeMessages, channel: `${prefix}:work`, trouble }, new EmbeddedWorkQueue(concurrency));
}

async function loadPackages(): Promise<Packages> {
  const [{ Queue, Worker }, { Redis }] = await Promise.all([import('bullmq'), import('ioredis')]);
  return { Queue, Worker, Redis };
}

