import type { EventName, ProcessingEvent } from '../../contracts/events.js';

/** Whose events are written into the outbox. */
export interface Subscriber {
  /** Its own place in the outbox. */
  readonly name: string;
  /** False: no event of this name is for it. */
  hears(name: EventName): boolean;
  wants(event: ProcessingEvent): boolean;
}

/** Where events are delivered to. */
export interface Receiver extends Subscriber {
  /** Most events of one request. */
  readonly maxEvents: number;
  /**
   * Hands the events over, in their order; no asset or job is among them twice. Returns those that were not taken, by event id. Never
   * rejects, unless `signal` ends it: then any of them may have been delivered.
   */
  deliver(events: readonly ProcessingEvent[], signal: AbortSignal): Promise<ReadonlyMap<string, DeliveryFailure>>;
}

export interface DeliveryFailure {
  /** One sentence without secrets. */
  reason: string;
  /** No further try: the letter is dead. */
  isFinal: boolean;
  /** It says nothing of the event: others would fare alike, so the receiver is left alone for a while. */
  isOfReceiver: boolean;
  /** How long the receiver asked to be left alone. */
  retryAfterMs: number | null;
}
