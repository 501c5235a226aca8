import { type AssetFacts, type Reference, REFERENCE_STATUSES } from './asset.js';
import type { KeyRange } from './key-range.js';
import type { ReferenceTarget } from './reference-rules.js';
import type { Tx } from './unit-of-work.js';

/** What became of a key reference (extraction.md, section 9, "Result"); null while its definition's href is not settled. */
export type KeyStatus = (typeof KEY_STATUSES)[number] | null;
export const KEY_STATUSES = [...REFERENCE_STATUSES, 'unresolved', 'cyclic', 'no-target'] as const;

/** What a key stands for in a scope, as key spaces are reported and stored. */
export interface KeyBinding {
  definedIn: string;
  line: number;
  href: string | null;
  target: string | null;
  fragment: string | null;
  scope: string | null;
  format: string | null;
  text: string | null;
  /** Present when its keyrefs lead back to themselves. */
  cyclic?: true;
}

/** A key reference of the tree or of a topic in it, resolved in one scope. */
export interface ResolvedKeyReference {
  path: string;
  line: number;
  element: string;
  attribute: string;
  raw: string;
  key: string;
  keyElement: string | null;
  scopeId: number;
  status: KeyStatus;
  target: string | null;
  fragment: string | null;
  /** An href or conref stands beside it. */
  hasFallback: boolean;
}

/** A scope of a root map; `parent` is the id of the enclosing one, null for the outermost. */
export interface KeyScopeInfo {
  id: number;
  names: string[];
  parent: number | null;
  definedBy: { path: string; line: number };
}

/** A line of the key space report (extraction.md, "Report"). */
export interface KeySpaceReport {
  rootMap: string;
  maps: string[];
  topics: { path: string; scopeIds: number[] }[];
  scopes: (KeyScopeInfo & { keys: Record<string, KeyBinding> })[];
  refs: ResolvedKeyReference[];
}

/** A processed DITA file as key spaces see it; the references are settled. */
export interface KeySpaceFile {
  path: string;
  facts: Pick<AssetFacts, 'fileType' | 'wellFormed' | 'rootId' | 'keys' | 'keyContext'>;
  /** In document order: positions are the ordinals of `MapNode` and `KeyContext`. */
  refs: readonly Reference[];
}

/** Where key spaces get files from: the database, or a folder in memory. */
export interface KeySpaceFiles {
  /** Files that are not known are left out. */
  load(paths: readonly string[]): Promise<Map<string, KeySpaceFile>>;
  /** Types and ids alone, for many files. */
  targets(paths: readonly string[]): Promise<Map<string, ReferenceTarget>>;
}

/** The key space of one root map, in memory. */
export interface BuiltKeySpace {
  readonly rootMap: string;
  /** Paths of the maps of its tree, the root included. */
  readonly maps: readonly string[];
  readonly scopes: readonly KeyScopeInfo[];
  /** False when the tree exceeds all bounds and some of it was left out. */
  readonly isComplete: boolean;
  /** What the scope itself defines, with what nested scopes contribute as `name.key`; the enclosing scopes' keys win over these. */
  ownKeys(scopeId: number): Iterable<[key: string, binding: KeyBinding]>;
  /** Everything, with every key reference resolved. */
  report(files: KeySpaceFiles): Promise<KeySpaceReport>;
}

/** Builds key spaces (extraction.md, section 9). */
export interface KeySpaceBuilder {
  /** No scopes when the map is not known or not well-formed. */
  build(files: KeySpaceFiles, rootMap: string): Promise<BuiltKeySpace>;
}

/** A map that no other map of the repository includes, or only such as it includes itself: of a cycle that nobody else includes, each is one. */
export interface RootMap {
  id: number;
  path: string;
}

/** A key where a scope of a root map defines it. */
export interface StoredKey {
  scope: KeyScopeInfo;
  binding: KeyBinding;
}

/**
 * Key spaces as rows: a key of the largest map is found without loading the map. What the graph learns of a map makes
 * the key spaces with that map stale; the next who asks renews them, and only the rows that differ are written.
 */
export interface KeySpaceStore {
  /** Root maps in the range, in path order after `after`. */
  rootMaps(range: KeyRange, after: string | null, limit: number): Promise<RootMap[]>;
  isFresh(rootId: number, tx?: Tx): Promise<boolean>;
  /** Replaces what is stored; in the same transaction as the files were read. */
  save(rootId: number, built: BuiltKeySpace, tx: Tx): Promise<{ written: number; removed: number }>;
  /** Forgets the key spaces of these root maps. */
  remove(rootIds: readonly number[], tx: Tx): Promise<void>;
  /** Definitions of the key in every scope of the root map, outermost scopes first. */
  find(rootId: number, key: string): Promise<StoredKey[]>;
}
