import type { EventOutbox } from '../../contracts/event-outbox.js';
import type { Receiver } from './receiver.js';
import { type DeliverySettings, ReceiverLoop } from './receiver-loop.js';

/** This process's part in the delivery of events, from its start to its end. */
export interface EventDelivery {
  start(): Promise<void>;
  stop(withinMs: number): Promise<void>;
}

/** In a process that delivers nothing. */
export const NO_DELIVERY: EventDelivery = { start: () => Promise.resolve(), stop: () => Promise.resolve() };

/** A receiver, and the moment from which it can take events. */
export interface ReceiverWhenReady {
  receiver: Receiver;
  ready: Promise<unknown>;
}

/** Delivers what stands in the outbox, to each receiver at its own pace. */
export class EventDispatcher implements EventDelivery {
  private readonly loops: ReceiverLoop[] = [];
  private isStopped = false;

  constructor(
    private readonly outbox: EventOutbox,
    private readonly receivers: () => readonly ReceiverWhenReady[],
    private readonly owner: string,
    private readonly isDead: (owner: string) => boolean,
    private readonly settings: DeliverySettings,
  ) {}

  async start(): Promise<void> {
    const receivers = this.receivers();
    if (receivers.length === 0) return;
    // After kill -9 the next start delivers at once, and not when the lease ends.
    await this.outbox.expireOwners(this.isDead);
    for (const { receiver, ready } of receivers) {
      await this.outbox.register(receiver.name);
      const loop = new ReceiverLoop(this.outbox, receiver, this.owner, this.settings);
      this.loops.push(loop);
      // Where it never gets ready, the application does not start either.
      void ready.then(() => this.isStopped || loop.start()).catch(() => undefined);
    }
  }

  async stop(withinMs: number): Promise<void> {
    this.isStopped = true;
    await Promise.all(this.loops.map((loop) => loop.stop(withinMs)));
  }
}
