import { setTimeout as delay } from 'node:timers/promises';
import { ASSET_PROCESSED, type EventName, type ProcessingEvent } from '../../contracts/events.js';
import type { DeliveryFailure, Receiver } from './receiver.js';

/** The place of the host's listeners in the outbox. */
export const LISTENERS = 'listeners';
/** Events handed over, one after the other, before it is written down that they were. */
const EVENTS_AT_ONCE = 100;

/** What of the host's `EventEmitter2` is used. */
export interface Emitter {
  /** A boolean, whatever its type says. */
  hasListeners(name: string): unknown;
  listenersAny(): unknown[];
  emitAsync(name: string, event: ProcessingEvent): Promise<unknown>;
}

/** The host's emitter, and whether all of its `@OnEvent` methods are known by now. */
export interface HostEmitter {
  readonly emitter: Emitter;
  readonly isReady: boolean;
}

/** Listeners of the host in this process. Each event waits until those before it are done with, or have taken too long. */
export class ListenerReceiver implements Receiver {
  readonly name = LISTENERS;
  readonly maxEvents = EVENTS_AT_ONCE;

  constructor(
    private readonly host: () => HostEmitter | null,
    private readonly firesAssets: boolean,
    private readonly timeoutMs: number,
  ) {}

  /** Until all listeners are known there may be one. */
  hears(name: EventName): boolean {
    if (name === ASSET_PROCESSED && !this.firesAssets) return false;
    const host = this.host();
    if (!host) return false;
    return !host.isReady || host.emitter.hasListeners(name) === true || host.emitter.listenersAny().length > 0;
  }

  wants(event: ProcessingEvent): boolean {
    return this.hears(event.name);
  }

  async deliver(events: readonly ProcessingEvent[], signal: AbortSignal): Promise<ReadonlyMap<string, DeliveryFailure>> {
    const failures = new Map<string, DeliveryFailure>();
    const emitter = this.host()?.emitter;
    if (!emitter) return failures;
    for (const event of events) {
      const reason = await this.emit(emitter, event, signal);
      if (reason !== null) failures.set(event.id, { reason, isFinal: false, isOfReceiver: false, retryAfterMs: null });
    }
    return failures;
  }

  /** Why it failed, or null. */
  private async emit(emitter: Emitter, event: ProcessingEvent, signal: AbortSignal): Promise<string | null> {
    signal.throwIfAborted();
    const done = new AbortController();
    const limit = delay(this.timeoutMs, 'late' as const, { signal: AbortSignal.any([signal, done.signal]) });
    try {
      const listening = (async () => emitter.emitAsync(event.name, event))();
      const first = await Promise.race([listening, limit]);
      return first === 'late' ? `A listener took longer than ${this.timeoutMs} ms.` : null;
    } catch (error) {
      signal.throwIfAborted();
      return `A listener threw: ${error instanceof Error ? error.message : String(error)}`.slice(0, 1000);
    } finally {
      done.abort();
      limit.catch(() => undefined);
    }
  }
}
