import type { Reference, ReferenceStatus } from '../../../contracts/asset.js';
import type { KeyBinding, KeySpaceFiles, KeyStatus } from '../../../contracts/key-space.js';
import { type ReferenceTarget, settleReference } from '../../../contracts/reference-rules.js';
import { loadMapTree, type MapFile } from './key-space-files.js';
import { buildScopes, type KeyBindingSource, type KeyScope } from './key-space-scopes.js';

export interface KeyResolution {
  status: KeyStatus;
  /** Absolute repository path. */
  target: string | null;
  fragment: string | null;
}

/** Keys of one root map, scope by scope. Immutable once built. */
export class KeySpace {
  private readonly resources = new Map<KeyBindingSource, KeyBindingSource | 'cyclic'>();

  constructor(
    readonly rootMap: string,
    /** The maps of the tree, by path. */
    readonly maps: ReadonlyMap<string, MapFile>,
    readonly scopes: readonly KeyScope[],
    /** False when the tree exceeds all bounds and some of it was left out. */
    readonly isComplete: boolean,
  ) {}

  /** Paths of the maps whose elements are in the tree; of a map that only unselected branches include, none is. */
  get mapPaths(): ReadonlySet<string> {
    return new Set(this.scopes.flatMap((scope) => scope.members.map(({ map }) => map.path)));
  }

  /** What the key means in the scope: the parent's key space wins. */
  find(scope: KeyScope, key: string): KeyBindingSource | null {
    let found: KeyBindingSource | null = null;
    for (let at: KeyScope | null = scope; at !== null; at = at.parent) found = at.own.get(key) ?? found;
    return found;
  }

  /** The definition whose href counts: that of the key its `@keyref` names, if there is such a key. */
  resource(source: KeyBindingSource): KeyBindingSource | 'cyclic' {
    const known = this.resources.get(source);
    if (known !== undefined) return known;
    const seen = new Set<KeyBindingSource>();
    let result: KeyBindingSource | 'cyclic' = source;
    for (let next: KeyBindingSource | null = source; next !== null; next = this.referredTo(next)) {
      result = seen.has(next) ? 'cyclic' : next;
      if (result === 'cyclic') break;
      seen.add(next);
    }
    this.resources.set(source, result);
    return result;
  }

  /** The whole key space of a scope: that of its parent, then its own. */
  *bindings(scope: KeyScope): Generator<[key: string, binding: KeyBinding]> {
    const given = new Set<string>();
    for (const level of [...lineage(scope)].reverse()) {
      for (const [key, source] of level.own) {
        if (given.has(key)) continue;
        given.add(key);
        yield [key, this.binding(source)];
      }
    }
  }

  /** Path of the file that must be known to resolve `key/element`, null when none is needed. */
  targetNeeded(scope: KeyScope, key: string, element: string | null): string | null {
    const source = element === null ? null : this.find(scope, key);
    const resource = source === null ? 'cyclic' : this.resource(source);
    return resource === 'cyclic' ? null : (resource.href?.target ?? null);
  }

  /** @param target the file that `targetNeeded` asked for. */
  resolve(scope: KeyScope, key: string, element: string | null, target: ReferenceTarget | null): KeyResolution {
    const source = this.find(scope, key);
    if (source === null) return { status: 'unresolved', target: null, fragment: null };
    const resource = this.resource(source);
    if (resource === 'cyclic') return { status: 'cyclic', target: null, fragment: null };
    const { href } = resource;
    if (href === null || href.status === 'empty') return { status: 'no-target', target: null, fragment: null };
    const own: KeyResolution = { status: href.status, target: href.target, fragment: href.fragment };
    return element === null || target === null || !isThere(href.status) ? own : elementOf(href, element, target);
  }

  binding(source: KeyBindingSource): KeyBinding {
    const resource = this.resource(source);
    const base = { definedIn: source.definedIn, line: source.definition.line, text: source.definition.text };
    if (resource === 'cyclic') return { ...base, href: null, target: null, fragment: null, scope: null, format: null, cyclic: true };
    const { href, scope, format } = resource.definition;
    return { ...base, href, target: resource.href?.target ?? null, fragment: resource.href?.fragment ?? null, scope, format };
  }

  private referredTo({ definition, scope }: KeyBindingSource): KeyBindingSource | null {
    if (definition.keyref === null) return null;
    const [key = ''] = definition.keyref.trim().split('/', 1);
    return this.find(scope, key);
  }
}

/** Builds the key space of a root map from processed files; no scopes when the map is not known or not well-formed. */
export async function loadKeySpace(files: KeySpaceFiles, rootMap: string): Promise<KeySpace> {
  const maps = await loadMapTree(files, rootMap);
  const { scopes, isComplete } = buildScopes(maps, rootMap);
  return new KeySpace(rootMap, maps, scopes, isComplete);
}

function* lineage(scope: KeyScope): Generator<KeyScope> {
  for (let at: KeyScope | null = scope; at !== null; at = at.parent) yield at;
}

/** The target exists, whatever its fragment. */
function isThere(status: ReferenceStatus | null): boolean {
  return status === 'ok' || status === 'missing-fragment' || status === 'unverified-fragment' || status === 'peer';
}

/** `key/element`: an element of the definition's topic, else of the first topic of the target; in a map its own id. */
function elementOf(href: Reference, element: string, target: ReferenceTarget): KeyResolution {
  const topic = href.fragment?.split('/', 1)[0] ?? target.topicIds[0];
  const fragment = target.fileType === 'DITAMAP' || topic === undefined ? element : `${topic}/${element}`;
  const { format, scope } = href;
  return { status: settleReference({ kind: 'keydef', format, scope, target: target.path, fragment }, target), target: target.path, fragment };
}
