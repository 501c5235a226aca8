import { ASSET_PROCESSED, EVENT_NAMES, type EventName, type ProcessingEvent } from '../../contracts/events.js';
import { isWithin } from '../../contracts/key-range.js';

/** Which events a webhook gets: by name, and by the part of the tree that they are about. */
export class EventFilter {
  private readonly names: ReadonlySet<EventName>;

  /**
   * @param names null: all.
   * @param pathPrefix null: everywhere.
   * @param firesAssets false: there are no events of assets.
   */
  constructor(
    names: readonly EventName[] | null,
    private readonly pathPrefix: string | null,
    firesAssets: boolean,
  ) {
    this.names = new Set((names ?? EVENT_NAMES).filter((name) => firesAssets || name !== ASSET_PROCESSED));
  }

  hears(name: EventName): boolean {
    return this.names.has(name);
  }

  /** Of jobs, those whose tree and the prefix overlap. */
  wants(event: ProcessingEvent): boolean {
    if (!this.hears(event.name)) return false;
    if (this.pathPrefix === null || isWithin(event.path, this.pathPrefix)) return true;
    return event.name !== ASSET_PROCESSED && isWithin(this.pathPrefix, event.path);
  }
}
