import type { ModuleRef } from '@nestjs/core';
import type * as EventEmitterPackage from '@nestjs/event-emitter';
import type { HostEmitter } from '../events/listener-receiver.js';

/** The emitter of the host's `EventEmitterModule`; null where the host has none. Looked for when it is first needed: all is there then. */
export class HostEvents {
  private found: (HostEmitter & { whenReady: Promise<void> }) | null | undefined;

  private constructor(
    private readonly modules: ModuleRef,
    private readonly events: typeof EventEmitterPackage | null,
  ) {}

  /** The package is the host's, as a second copy of it would know neither its emitter nor when it is ready. */
  static async of(modules: ModuleRef): Promise<HostEvents> {
    return new HostEvents(modules, await import('@nestjs/event-emitter').catch(noneIfMissing));
  }

  emitter(): (HostEmitter & { whenReady: Promise<void> }) | null {
    if (!this.events || this.found !== undefined) return this.found ?? null;
    const emitter = this.find(this.events.EventEmitter2);
    const watcher = this.find(this.events.EventEmitterReadinessWatcher);
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

function noneIfMissing(error: unknown): null {
  if (/Cannot find (?:package|module) '@nestjs\/event-emitter'/.test(String(error))) return null;
  throw error;
}

function watched(emitter: EventEmitterPackage.EventEmitter2, whenReady: Promise<void>): HostEmitter & { whenReady: Promise<void> } {
  const state = { emitter, isReady: false, whenReady };
  // Where it never gets ready, the application does not start either.
  whenReady.then(() => (state.isReady = true)).catch(() => undefined);
  return state;
}
