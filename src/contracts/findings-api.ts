import type { StoredReference } from './asset-records.js';
import type { KeySpaceReport, StoredKey } from './key-space.js';

export type ReferenceDirection = 'outgoing' | 'incoming';

/** A reference with the title of what stands at its other end: the target of an outgoing, the source of an incoming one. */
export interface ShownReference extends StoredReference {
  title: string | null;
}

/** A page of references; `next` is where the following one begins, null at the end. */
export interface ReferencePage {
  references: ShownReference[];
  next: string | null;
}

/** Definitions of one key in one root map. */
export interface KeyLookup {
  rootMap: string;
  key: string;
  definitions: StoredKey[];
}

/**
 * What processing found out, as HTTP and hosts ask for it.
 * @throws InvalidRequestError where the path does not exist or `after` is no cursor
 */
export interface FindingsApi {
  /** One record per asset below `path`, in path order (extraction.md, "Report"). */
  report(path: string): AsyncIterable<object>;
  references(path: string, direction: ReferenceDirection, after: string | null, limit: number): Promise<ReferencePage>;
  /** References below `path` whose target is missing, by path. */
  brokenLinks(path: string, after: string | null, limit: number): Promise<ReferencePage>;
  /** One per root map below `path`, in path order (extraction.md, section 9). */
  keySpaces(path: string): AsyncIterable<KeySpaceReport>;
  /** The key in the key spaces of all root maps below `path` that define it. */
  findKey(path: string, key: string): AsyncIterable<KeyLookup>;
}
