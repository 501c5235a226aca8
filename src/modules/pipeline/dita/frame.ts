import type { ElementKind } from './vocabulary.js';
import type { PendingKey } from './pending-key.js';

/** What is handed down to topicrefs and links (extraction.md, "Inheritance"). */
export interface Inherited {
  scope: string | null;
  format: string | null;
  role: string | null;
}

/** An open element. */
export interface Frame {
  kind: ElementKind;
  name: string;
  /** An unclassified element of a map that is handled as a topicref. */
  standsForTopicref: boolean;
  /** It has a default namespace. */
  inNamespace: boolean;
  /** Below topic/foreign or topic/unknown. */
  hidesUnclassified: boolean;
  /** Below topicmeta or a title, where maps have ordinary content. */
  inMapContent: boolean;
  inReltable: boolean;
  /** Prolog of the first topic, or topicmeta of the map's root. */
  inMetadata: boolean;
  /** Id of the nearest topic, null when it has none. */
  topicId: string | null;
  /** Some topic is open. */
  inTopic: boolean;
  /** Handed down to what is below. */
  inherited: Inherited;
  /** The element's own values, for the rules of relationship tables. */
  own: Inherited;
  /** Relationship table: what its relcolspecs say, by position. */
  columns: Inherited[] | null;
  /** Relationship row: position of the next cell. */
  nextCell: number;
  /** The key definition of a topicref, until its first topicmeta has been read. */
  key: PendingKey | null;
  /** The key definition whose topicmeta this is in. */
  keyMeta: PendingKey | null;
  /** Serves one plain child after the other, as they differ in nothing but their names. */
  plainChild: Frame | null;
}

export const NOTHING_INHERITED: Inherited = Object.freeze({ scope: null, format: null, role: null });
