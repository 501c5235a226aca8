import type { EventOutbox } from '../../contracts/event-outbox.js';
import type { GuidesSettings } from '../../contracts/settings.js';
import { SqlEventOutbox } from '../../repository/events/event-outbox.store.js';
import { openDatabase } from '../../repository/unit-of-work/open-database.js';

/** An outbox on the database itself, with or without a service beside it. */
export interface OpenEventOutbox {
  outbox: EventOutbox;
  close(): Promise<void>;
}

/** @throws ConfigurationError, RepositoryUnavailableError */
export async function openEventOutbox(settings: GuidesSettings): Promise<OpenEventOutbox> {
  const database = await openDatabase(settings.databaseUrl, { poolSize: settings.databasePoolSize, tablePrefix: settings.databaseTablePrefix });
  return { outbox: new SqlEventOutbox(database), close: () => database.close() };
}
