import { randomUUID } from 'node:crypto';
import type { EventOutbox } from '../../contracts/event-outbox.js';
import type { EventName, EventPublisher, NewEvent, ProcessingEvent } from '../../contracts/events.js';
import type { Tx } from '../../contracts/unit-of-work.js';
import type { Subscriber } from './receiver.js';

/** Writes each event into the outbox once for everybody who wants it; where nobody does, nothing is written. */
export class OutboxPublisher implements EventPublisher {
  constructor(
    private readonly outbox: Pick<EventOutbox, 'append'>,
    private readonly subscribers: readonly Subscriber[],
  ) {}

  isHeard(name: EventName): boolean {
    return this.subscribers.some((subscriber) => subscriber.hears(name));
  }

  async stage(events: readonly NewEvent[], tx: Tx): Promise<void> {
    const occurredAt = new Date().toISOString();
    const staged = events.map((event): ProcessingEvent => ({ id: randomUUID(), occurredAt, ...event }));
    const portions = this.subscribers
      .map((subscriber) => ({ receiver: subscriber.name, events: staged.filter((event) => subscriber.wants(event)) }))
      .filter((portion) => portion.events.length > 0);
    if (portions.length > 0) await this.outbox.append(portions, tx);
  }
}
