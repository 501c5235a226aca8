import type { ModuleRef } from '@nestjs/core';
import { EventEmitter2, EventEmitterReadinessWatcher } from '@nestjs/event-emitter';
import type { HostEmitter } from '../events/listener-receiver.js';

/** The emitter of the host's `EventEmitterModule`; null where the host has none. Looked for when it is first needed: all is there then. */
export class HostEvents {
  private found: (HostEmitter & { whenReady: Promise<void> }) | null | undefined;

  constructor(private readonly modules: ModuleRef) {}

  emitter(): (HostEmitter & { whenReady: Promise<void> }) | null {
    if (this.found !== undefined) return this.found;
    const emitter = this.find<EventEmitter2>(EventEmitter2);
    const watcher = this.find<EventEmitterReadinessWatcher>(EventEmitterReadinessWatcher);
    this.found = emitter ? watched(emitter, watcher?.waitUntilReady() ?? Promise.resolve()) : null;
    return this.found;
  }

  private find<T>(token: abstract new (...parameters: never[]) => T): T | null {
    try {
      return this.modules.get<T>(token, { strict: false });
    } catch {
      return null;
    }
  }
}

function watched(emitter: EventEmitter2, whenReady: Promise<void>): HostEmitter & { whenReady: Promise<void> } {
  const state = { emitter, isReady: false, whenReady };
  // Where it never gets ready, the application does not start either.
  whenReady.then(() => (state.isReady = true)).catch(() => undefined);
  return state;
}
