import type { FindingsApi } from '../../src/contracts/findings-api.js';
import type { KeySpaceStore } from '../../src/contracts/key-space.js';
import { FINDINGS_API, KEY_SPACE_STORE } from '../../src/contracts/tokens.js';
import type { RunningService } from './running-service.js';

/** What the service has found out. */
export function findingsOf({ app }: RunningService): FindingsApi {
  return app.get<FindingsApi>(FINDINGS_API, { strict: false });
}

export function keySpacesOf({ app }: RunningService): KeySpaceStore {
  return app.get<KeySpaceStore>(KEY_SPACE_STORE, { strict: false });
}
