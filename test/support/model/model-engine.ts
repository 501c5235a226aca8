import type { AddressInfo } from 'node:net';
import type { GuidesSettings } from '../../../src/contracts/settings.js';
import { untilTrue } from '../cluster.js';
import { type FaultPoint, faultAt } from '../faulty-service.js';
import { authorization, BASE, USERS } from '../http-service.js';
import { RunningService } from '../running-service.js';
import { SpawnedService } from '../spawned-service.js';

/** What HTTP answered. */
export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** The service, engine and all, however it runs. */
export interface ModelEngine {
  /** GET, or POST where there is a body. */
  ask(path: string, body?: object): Promise<Answer>;
  /** Ends it in order, and starts it again. */
  reboot(): Promise<void>;
  /** kill -9, and starts it again. Absent where that cannot be done. */
  kill?(): Promise<void>;
  /** kill -9, then a process that kills itself when it first passes the point; `isQuiet` says that it never will. Then starts it again. */
  dieAt?(point: FaultPoint, isQuiet: () => Promise<boolean>): Promise<void>;
  close(): Promise<void>;
  /** What it said of its own accord. */
  readonly complaints: string;
}

/** The engine in this process: fast, and each answer is held against the document. */
export class EngineInProcess implements ModelEngine {
  readonly complaints = '';

  private constructor(
    private readonly settings: GuidesSettings,
    private service: RunningService,
  ) {}

  static async start(settings: GuidesSettings): Promise<EngineInProcess> {
    return new EngineInProcess(settings, await RunningService.open(settings));
  }

  ask(path: string, body?: object): Promise<Answer> {
    const { port } = this.service.app.getHttpServer().address() as AddressInfo;
    const headers = { authorization: authorization(USERS.operator), 'content-type': 'application/json' };
    return answerOf(fetch(`http://127.0.0.1:${port}${BASE}${path}`, body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers }));
  }

  async reboot(): Promise<void> {
    await this.service.close();
    this.service = await RunningService.open(this.settings);
  }

  close(): Promise<void> {
    return this.service.close();
  }
}

/** The engine in a process of its own, to be killed. */
export class EngineInItsProcess implements ModelEngine {
  private past = '';

  private constructor(
    private readonly environment: Record<string, string>,
    private service: SpawnedService,
  ) {}

  static async start(environment: Record<string, string>): Promise<EngineInItsProcess> {
    const quiet = { ...environment, LOG_LEVEL: 'warn' };
    return new EngineInItsProcess(quiet, await SpawnedService.start(quiet));
  }

  get complaints(): string {
    return this.past + this.service.stderr;
  }

  ask(path: string, body?: object): Promise<Answer> {
    return answerOf(this.service.ask(path, body));
  }

  reboot(): Promise<void> {
    return this.endWith('SIGTERM');
  }

  kill(): Promise<void> {
    return this.endWith('SIGKILL');
  }

  async dieAt(point: FaultPoint, isQuiet: () => Promise<boolean>): Promise<void> {
    await this.service.end('SIGKILL');
    const mortal = await SpawnedService.spawn({ ...this.environment, ...faultAt(point, 1, 'SIGKILL') });
    // Read, so that what it writes does not stop it; it may die before it listens.
    mortal.listening().catch(() => undefined);
    const ended = mortal.ended.then(() => true);
    await untilTrue(`that nothing is left to do, or the end at ${point}`, () => Promise.race([ended, isQuiet()]));
    await mortal.end('SIGKILL');
    this.past += mortal.stderr;
    this.service = await SpawnedService.start(this.environment);
  }

  async close(): Promise<void> {
    await this.service.end('SIGKILL');
  }

  private async endWith(signal: NodeJS.Signals): Promise<void> {
    await this.service.end(signal);
    this.past += this.service.stderr;
    this.service = await SpawnedService.start(this.environment);
  }
}

async function answerOf(asking: Promise<Response>): Promise<Answer> {
  const response = await asking;
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
