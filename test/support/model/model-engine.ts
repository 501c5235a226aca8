import type { AddressInfo } from 'node:net';
import type { GuidesSettings } from '../../../src/contracts/settings.js';
import { untilTrue } from '../cluster.js';
import { type FaultPoint, faultAt } from '../faulty-service.js';
import { Gate, intercept } from '../held-calls.js';
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
  /**
   * Holds up whatever comes to this place of the engine, and nothing else, until `letGo`. Resolves when something has come there, or
   * nothing ever will. Absent where the engine is out of reach.
   */
  hold?(place: HoldingPlace, isQuiet: () => Promise<boolean>): Promise<void>;
  letGo?(): void;
  /** kill -9, and starts it again. Absent where that cannot be done. */
  kill?(): Promise<void>;
  /** kill -9, then a process that kills itself when it first passes the point; `isQuiet` says that it never will. Then starts it again. */
  dieAt?(point: FaultPoint, isQuiet: () => Promise<boolean>): Promise<void>;
  close(): Promise<void>;
  /** What it said of its own accord. */
  readonly complaints: string;
}

/** Where the engine is outside of any transaction, so that others can go on while it is held up. */
export const HOLDING_PLACES = ['plan', 'claim', 'read', 'commit', 'references', 'end'] as const;
export type HoldingPlace = (typeof HOLDING_PLACES)[number];

/** The engine in this process: fast, within reach, and each answer is held against the document. */
export class EngineInProcess implements ModelEngine {
  readonly complaints = '';
  private held: { place: HoldingPlace; gate: Gate } | null = null;
  private service: RunningService | null = null;

  private constructor(private readonly settings: GuidesSettings) {}

  static async start(settings: GuidesSettings): Promise<EngineInProcess> {
    const engine = new EngineInProcess(settings);
    await engine.open();
    return engine;
  }

  async hold(place: HoldingPlace, isQuiet: () => Promise<boolean>): Promise<void> {
    this.letGo();
    const gate = new Gate();
    this.held = { place, gate };
    const reached = gate.reached.then(() => true);
    await untilTrue(`that something comes to where it is held (${place}), or that nothing is left to do`, () => Promise.race([reached, isQuiet()]));
  }

  letGo(): void {
    this.held?.gate.open();
    this.held = null;
  }

  ask(path: string, body?: object): Promise<Answer> {
    const { port } = this.service?.app.getHttpServer().address() as AddressInfo;
    const headers = { authorization: authorization(USERS.operator), 'content-type': 'application/json' };
    return answerOf(fetch(`http://127.0.0.1:${port}${BASE}${path}`, body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers }));
  }

  async reboot(): Promise<void> {
    await this.close();
    await this.open();
  }

  async close(): Promise<void> {
    this.letGo();
    await this.service?.close();
  }

  private async open(): Promise<void> {
    const at =
      (place: HoldingPlace) =>
      <R>(go: () => Promise<R>): Promise<R> =>
        this.held?.place === place ? this.held.gate.pass().then(go) : go();
    this.service = await RunningService.open(this.settings, ({ jobs, records, repository, graph }) => {
      intercept(jobs, 'claimPlan', at('plan'));
      intercept(jobs, 'claimBatch', at('claim'));
      intercept(repository, 'load', at('read'));
      intercept(records, 'reserveIds', at('commit'));
      intercept(graph, 'queuedSources', at('references'));
      intercept(jobs, 'settle', at('end'));
    });
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
