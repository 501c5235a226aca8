import type { KeyDefinition } from '../../../contracts/asset.js';

/** A key definition whose text is still being collected: first of each place that can hold it (section 9). */
export interface PendingKey {
  definition: KeyDefinition;
  /** keytext, keyword, linktext, navtitle, in this order of preference. */
  texts: (string | null)[];
  metaSeen: boolean;
}
