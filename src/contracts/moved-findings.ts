import type { ReferenceStatus } from './asset.js';
import type { Tx } from './unit-of-work.js';

/** Where a URI reference leads, as far as that goes without the repository (extraction.md, section 8, rules 1 to 10). */
export type ReferenceResolver = (
  raw: string,
  context: { sourcePath: string; damRoot: string; scope: string | null },
) => { target: string | null; fragment: string | null; status: ReferenceStatus | null };

/**
 * Stands for the pipeline's version in the record of an asset that was moved since it was processed: the next job reads it
 * again, even one that leaves unchanged assets alone, because its type, title and base may follow from its name.
 */
export const MOVED_SINCE = 'moved';

/** Brings what processing found after assets that are moved (extraction.md, "In the product": the graph is kept true). */
export interface MovedFindings {
  /**
   * Records and references of the sources at and below `from` go on under `to`, the same rows with the same GUIDs. Relative
   * references are held against the new place, and whatever points to the old place or the new one becomes undecided and
   * is queued for the reference phase. Nothing may be recorded at or below `to`; memory is bounded, whatever the subtree.
   * The caller holds the graph (`ReferenceGraph.holdTargets`).
   */
  move(from: string, to: string, tx: Tx): Promise<void>;
}
