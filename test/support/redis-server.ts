import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from './spawned-service.js';

const START_MS = 10_000;
/** Ends the server when its standard input ends, and so with the tests however these end. */
const KEEPER = 'redis-server "$@" & server=$!; cat > /dev/null; kill -9 $server; wait';

/** A Redis of a test file's own, which keeps nothing on disk: to be stopped, started again and emptied. */
export class RedisServer {
  private keeper: ChildProcess | null = null;

  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly options: readonly string[],
  ) {}

  /** @param options are passed on to the server. @throws Error that says what to install where there is none. */
  static async start(options: readonly string[] = []): Promise<RedisServer> {
    const missing = process.env.GUIDES_TEST_REDIS_MISSING;
    if (missing !== undefined) throw new Error(missing);
    const server = new RedisServer(await freePort(), mkdtempSync(join(tmpdir(), 'guides-redis-')), options);
    await server.startAgain();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}/0`;
  }

  /** On the same port, empty. */
  async startAgain(): Promise<void> {
    const settings = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', this.folder, ...this.options];
    this.keeper = spawn('/bin/sh', ['-c', KEEPER, 'redis', ...settings], { stdio: ['pipe', 'ignore', 'inherit'] });
    for (const giveUpAt = performance.now() + START_MS; ; await delay(10)) {
      if (await this.command((redis) => redis.ping()).catch(() => null)) return;
      if (performance.now() > giveUpAt) throw new Error('redis-server does not answer.');
    }
  }

  /** As kill -9 would. */
  async stop(): Promise<void> {
    const { keeper } = this;
    if (!keeper) return;
    this.keeper = null;
    const ended = once(keeper, 'exit');
    keeper.stdin?.end();
    await ended;
  }

  /** Stands still with all its connections open, until it is stopped. */
  async freeze(): Promise<void> {
    const info = await this.command((redis) => redis.info('server'));
    process.kill(Number(/process_id:(\d+)/.exec(info)?.[1]), 'SIGSTOP');
  }

  /** Runs commands on a connection of their own. */
  async command<T>(run: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis(this.port, '127.0.0.1', { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
    redis.on('error', () => undefined);
    try {
      await redis.connect();
      return await run(redis);
    } finally {
      redis.disconnect();
    }
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
