import type { KeyDefinition, MapNode, Reference } from '../../../contracts/asset.js';
import { includesMap, type MapFile } from './key-space-files.js';

/** A key definition in its place. */
export interface KeyBindingSource {
  /** Path of the map that holds it. */
  definedIn: string;
  definition: KeyDefinition;
  /** Its own href, settled; null when it has none. */
  href: Reference | null;
  /** The scope where it stands: there its `@keyref` is looked up. */
  scope: KeyScope;
}

/** A scope of one root map. */
export interface KeyScope {
  id: number;
  names: string[];
  parent: KeyScope | null;
  definedBy: { path: string; line: number };
  /** Own definitions, with what nested scopes contribute as `name.key`. */
  own: Map<string, KeyBindingSource>;
  /** Elements of the tree that belong to it, in the order of the walk. */
  members: { map: MapFile; node: MapNode; index: number }[];
}

export interface ScopeTree {
  scopes: KeyScope[];
  /** False when the tree is larger than any real one, and some of it was left out. */
  isComplete: boolean;
}

/** Maps on the way to the root, which are not expanded again. */
interface Way {
  path: string;
  up: Way | null;
}

/** A part of a map whose turn comes with the next level. */
interface Place {
  map: MapFile;
  start: number;
  way: Way;
  /** The start belongs to the scope already: it opens none. */
  opened: boolean;
}

/** Bounds on trees that grow without end by including each other. */
const MAX_VISITS = 5_000_000;
const MAX_SCOPES = 20_000;
const MAX_SCOPE_DEPTH = 200;
const MAX_ENTRIES = 5_000_000;

/** Scopes and their own definitions (extraction.md, section 9, "Tree of a root map" to "Own definitions"). */
export function buildScopes(maps: ReadonlyMap<string, MapFile>, rootMap: string): ScopeTree {
  return new ScopeBuilder(maps).build(rootMap);
}

class ScopeBuilder {
  private readonly scopes: KeyScope[] = [];
  private visits = 0;
  private entries = 0;
  private isComplete = true;

  constructor(private readonly maps: ReadonlyMap<string, MapFile>) {}

  build(rootMap: string): ScopeTree {
    const map = this.maps.get(rootMap);
    if (!map) return { scopes: [], isComplete: true };
    const scope = this.newScope([], null, { path: rootMap, line: map.nodes[0]?.line ?? 1 });
    // A keyscope of the root itself is a scope inside the unnamed one, so that its keys are known with and without prefix.
    this.fill(scope, { map, start: 0, way: { path: rootMap, up: null }, opened: false }, 0);
    return { scopes: this.scopes, isComplete: this.isComplete };
  }

  /** Breadth first: what a map includes comes after the whole of the map, so that the shallowest definition wins. */
  private fill(scope: KeyScope, first: Place, depth: number): void {
    for (let level = [first]; level.length > 0; ) {
      const next: Place[] = [];
      for (const place of level) this.walk(scope, place, next, depth);
      level = next;
    }
  }

  private walk(scope: KeyScope, place: Place, next: Place[], depth: number): void {
    const { map, start, way } = place;
    const end = map.ends[start] ?? start + 1;
    for (let index = start; index < end; ) {
      const node = map.nodes[index];
      if (!node || !this.mayVisit()) return;
      const included = this.included(map, node, way);
      const opens = node.keyscope !== undefined && !(place.opened && index === start);
      if (opens) {
        this.nest(scope, { map, start: index, way, opened: true }, included, depth + 1);
        index = map.ends[index] ?? index + 1;
        continue;
      }
      this.enter(scope, map, node, index);
      if (included) {
        // The root of the included map gives its names to the scope that the reference opens.
        const shared = place.opened && index === start && node.keyscope !== undefined && included.start === 0;
        next.push({ ...included, opened: shared });
      }
      index++;
    }
  }

  private nest(outer: KeyScope, place: Place, included: Place | null, depth: number): void {
    const node = place.map.nodes[place.start];
    if (!node || depth > MAX_SCOPE_DEPTH || this.scopes.length >= MAX_SCOPES) {
      this.isComplete = false;
      return;
    }
    const rootNames = included?.start === 0 ? (included.map.nodes[0]?.keyscope ?? []) : [];
    const names = [...new Set([...(node.keyscope ?? []), ...rootNames])];
    const scope = this.newScope(names, outer, { path: place.map.path, line: node.line });
    this.fill(scope, place, depth);
    for (const name of names) {
      for (const [key, source] of scope.own) this.define(outer, `${name}.${key}`, source);
    }
  }

  private enter(scope: KeyScope, map: MapFile, node: MapNode, index: number): void {
    scope.members.push({ map, node, index });
    const definition = node.key === undefined ? undefined : map.keys[node.key];
    if (!definition) return;
    const source: KeyBindingSource = { definedIn: map.path, definition, href: ownHref(map, node), scope };
    for (const key of definition.keys) this.define(scope, key, source);
  }

  private define(scope: KeyScope, key: string, source: KeyBindingSource): void {
    if (scope.own.has(key)) return;
    if (++this.entries > MAX_ENTRIES) this.isComplete = false;
    else scope.own.set(key, source);
  }

  /** The part of another map that a reference brings; null when it brings none. */
  private included(map: MapFile, node: MapNode, way: Way): Place | null {
    const ref = ownHref(map, node);
    if (ref === null || !includesMap(ref) || ref.target === null || isOn(way, ref.target)) return null;
    const target = this.maps.get(ref.target);
    if (!target) return null;
    const start = branchStart(target, ref.fragment);
    return start < 0 ? null : { map: target, start, way: { path: target.path, up: way }, opened: false };
  }

  private newScope(names: string[], parent: KeyScope | null, definedBy: KeyScope['definedBy']): KeyScope {
    const scope: KeyScope = { id: this.scopes.length, names, parent, definedBy, own: new Map(), members: [] };
    this.scopes.push(scope);
    return scope;
  }

  private mayVisit(): boolean {
    if (++this.visits <= MAX_VISITS) return true;
    this.isComplete = false;
    return false;
  }
}

/** The settled reference of the element's own href. */
export function ownHref(map: MapFile, node: MapNode): Reference | null {
  for (let i = node.firstRef; i < node.ownEnd; i++) {
    const ref = map.refs[i];
    if (ref?.attribute === 'href') return ref;
  }
  return null;
}

function isOn(way: Way | null, path: string): boolean {
  for (let step = way; step !== null; step = step.up) {
    if (step.path === path) return true;
  }
  return false;
}

/** A fragment other than the id of the map's root selects the branch of that id; -1 when no such branch brings anything. */
function branchStart(map: MapFile, fragment: string | null): number {
  if (fragment === null) return 0;
  const id = fragment.slice(fragment.indexOf('/') + 1);
  return id === map.rootId ? 0 : map.nodes.findIndex((node) => node.id === id);
}
