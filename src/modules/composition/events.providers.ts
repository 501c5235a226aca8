import type { FactoryProvider } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { EventOutbox } from '../../contracts/event-outbox.js';
import type { GuidesSettings } from '../../contracts/settings.js';
import { EVENT_DELIVERY, EVENT_OUTBOX, EVENT_PUBLISHER, SETTINGS, UNIT_OF_WORK } from '../../contracts/tokens.js';
import { SqlEventOutbox } from '../../repository/events/event-outbox.store.js';
import type { Database } from '../../repository/unit-of-work/database.js';
import { type EventDelivery, EventDispatcher, NO_DELIVERY, type ReceiverWhenReady } from '../events/event-dispatcher.js';
import { EventFilter } from '../events/event-filter.js';
import { ListenerReceiver } from '../events/listener-receiver.js';
import { OutboxPublisher } from '../events/outbox-publisher.js';
import { WebhookReceiver } from '../events/webhook-receiver.js';
import { isDeadOwner, newOwner } from '../processing/owner.js';
import { HostEvents } from './host-events.js';
import { webhookSecret } from './webhook-secret.js';

/** Everybody who can listen: the webhooks of the settings, and the host's own listeners. */
class EventReceivers {
  readonly webhooks: readonly WebhookReceiver[];
  readonly listeners: ListenerReceiver;

  constructor(
    { role, events }: GuidesSettings,
    private readonly host: HostEvents,
  ) {
    const { firePostProcessingEvents, timeoutMs, maxEventsPerRequest: maxEvents } = events;
    this.webhooks = events.webhooks.map((setting) => {
      const filter = new EventFilter(setting.events ?? null, setting.pathPrefix ?? null, firePostProcessingEvents);
      // A process that delivers nothing needs no secret.
      const secret = role === 'api' ? '' : webhookSecret(setting);
      return new WebhookReceiver({ name: setting.name ?? setting.url, url: setting.url, secret, maxEvents, timeoutMs }, filter);
    });
    this.listeners = new ListenerReceiver(() => this.host.emitter(), firePostProcessingEvents, timeoutMs);
  }

  whenReady(): ReceiverWhenReady[] {
    const webhooks = this.webhooks.map((receiver) => ({ receiver, ready: Promise.resolve() }));
    const host = this.host.emitter();
    return host ? [...webhooks, { receiver: this.listeners, ready: host.whenReady }] : webhooks;
  }
}

/** Announcing, in every process; delivering, in those that work. */
export const EVENT_PROVIDERS: FactoryProvider[] = [
  { provide: EVENT_OUTBOX, inject: [UNIT_OF_WORK], useFactory: (database: Database) => new SqlEventOutbox(database) },
  { provide: HostEvents, inject: [ModuleRef], useFactory: (modules: ModuleRef) => HostEvents.of(modules) },
  { provide: EventReceivers, inject: [SETTINGS, HostEvents], useFactory: (settings: GuidesSettings, host: HostEvents) => new EventReceivers(settings, host) },
  {
    provide: EVENT_PUBLISHER,
    inject: [EVENT_OUTBOX, EventReceivers],
    useFactory: (outbox: EventOutbox, receivers: EventReceivers) => new OutboxPublisher(outbox, [...receivers.webhooks, receivers.listeners]),
  },
  {
    provide: EVENT_DELIVERY,
    inject: [SETTINGS, EVENT_OUTBOX, EventReceivers],
    useFactory: ({ role, events, processing }: GuidesSettings, outbox: EventOutbox, receivers: EventReceivers): EventDelivery => {
      if (role === 'api') return NO_DELIVERY;
      const owner = newOwner();
      const settings = { ...events, leaseMs: processing.leaseMs, pollMs: processing.sweepMs };
      return new EventDispatcher(outbox, () => receivers.whenReady(), owner, (other) => isDeadOwner(other, owner), settings);
    },
  },
];
