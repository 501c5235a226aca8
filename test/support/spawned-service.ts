import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { StatusView } from '../../src/modules/http/job-view.js';

const ROOT = join(__dirname, '../..');
/** The build that is tested: `npm run build` makes it, `npm test` does so by itself. */
const MAIN = join(process.env.GUIDES_DIST ?? join(ROOT, 'dist'), 'main.js');
const PASSWORD = 'kill me';
/** Between two looks at a job. */
const POLL_MS = 5;
/** A job that has not moved for so long never will: a lease is over long before. */
const STANDSTILL_MS = 45_000;

/** How a process ended. */
export interface ProcessEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** The built service in a process of its own, on a free port: to be killed, stopped and started again. */
export class SpawnedService {
  /** Everything it wrote to standard output and to standard error. */
  stdout = '';
  stderr = '';
  readonly ended: Promise<ProcessEnd>;

  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {
    child.stdout?.on('data', (text: Buffer) => (this.stdout += text.toString()));
    child.stderr?.on('data', (text: Buffer) => (this.stderr += text.toString()));
    this.ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  }

  /** Resolves once it listens. @throws when there is no build, or it ends before. */
  static async start(environment: NodeJS.ProcessEnv): Promise<SpawnedService> {
    const service = await SpawnedService.spawn(environment);
    await service.listening();
    return service;
  }

  /** Resolves at once, whether it listens yet or not. @param launcher a command that ends by executing what follows it. */
  static async spawn(environment: NodeJS.ProcessEnv, launcher: readonly string[] = []): Promise<SpawnedService> {
    if (!existsSync(MAIN)) throw new Error('There is no build: run "npm run build" first.');
    const port = await freePort();
    const [command, ...parameters] = [...launcher, process.execPath, MAIN];
    const child = spawn(command, parameters, {
      cwd: ROOT,
      env: { ...process.env, ...environment, ADMIN_PASSWORD: PASSWORD, HOST: '127.0.0.1', PORT: String(port) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new SpawnedService(child, port);
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  /** Of the operator of all. */
  get authorization(): string {
    return `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}`;
  }

  listening(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.child.stdout?.on('data', (text: Buffer) => {
        if (text.toString().includes('listens on')) resolve();
      });
      void this.ended.then(({ code, signal }) => reject(new Error(`The service ended (${code ?? signal}) before it listened: ${this.stderr}`)));
    });
  }

  /** SIGSTOP and SIGCONT, after which it lives on. */
  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Sends the signal and waits for the end. */
  async end(signal: NodeJS.Signals): Promise<ProcessEnd> {
    this.child.kill(signal);
    return this.ended;
  }

  async fetch(path: string, body?: object): Promise<Response> {
    const response = await this.ask(path, body);
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return response;
  }

  /** Whatever it answers. */
  ask(path: string, body?: object): Promise<Response> {
    const headers = { authorization: this.authorization, 'content-type': 'application/json' };
    const init = body ? { method: 'POST', body: JSON.stringify(body) } : {};
    return fetch(`http://127.0.0.1:${this.port}/bin/guides/v1${path}`, { headers, ...init });
  }

  async startJob(path: string): Promise<string> {
    const answer = (await (await this.fetch('/assets/process', { path, type: 'ASSET_PROCESSING' })).json()) as { processingId: string };
    return answer.processingId;
  }

  async status(processingId: string): Promise<StatusView> {
    return (await (await this.fetch(`/assets/process/status?processingId=${processingId}`)).json()) as StatusView;
  }

  /** Asks for the status again and again until `arrived` says yes. @throws when the job ends otherwise first, or stands still. */
  async statusWhen(processingId: string, arrived: (status: StatusView) => boolean): Promise<StatusView> {
    let moved = { done: -1, total: -1, atMs: 0 };
    for (;;) {
      const status = await this.status(processingId);
      if (arrived(status)) return status;
      const { triggeredCount: done, migrationSet } = status;
      if (done !== moved.done || migrationSet.totalFiles !== moved.total) moved = { done, total: migrationSet.totalFiles, atMs: performance.now() };
      else if (performance.now() - moved.atMs > STANDSTILL_MS) throw new Error(`The job stands still: ${JSON.stringify(status)} ${this.stderr}`);
      if (!status.cancellable) throw new Error(`The job ended ${status.status} ${status.comments}, ${status.triggeredCount} assets done: ${this.stderr}`);
      await delay(POLL_MS);
    }
  }

  finished(processingId: string): Promise<StatusView> {
    return this.statusWhen(processingId, ({ status }) => status === 'SUCCESS');
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('No port.'))));
    });
  });
}
