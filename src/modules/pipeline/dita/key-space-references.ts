import type { Reference } from '../../../contracts/asset.js';
import type { KeySpaceFiles, KeySpaceReport, ResolvedKeyReference } from '../../../contracts/key-space.js';
import { forEachChunk } from './key-space-files.js';
import { type KeyScope, ownHref } from './key-space-scopes.js';
import type { KeySpace } from './key-space.js';

interface Mention {
  path: string;
  ref: Reference;
  scope: KeyScope;
  hasFallback: boolean;
}

/** Kinds of hrefs whose topics belong to the scope (section 9, "Who is in a scope"). */
const TOPIC_KINDS = new Set(['topicref', 'keydef', 'mapref', 'reltable']);

/** The whole key space with every key reference resolved. References are sorted by path and line. */
export async function reportKeySpace(space: KeySpace, files: KeySpaceFiles): Promise<KeySpaceReport> {
  const topics = await topicsInScopes(space, files);
  const refs = await resolveMentions(space, files, mapMentions(space));
  await forEachChunk(topics.keys(), async (paths) => {
    const mentions: Mention[] = [];
    for (const { path, facts, refs: ofTopic } of (await files.load(paths)).values()) {
      const fallbacks = new Set(facts.keyContext?.fallbacks);
      for (const scope of topics.get(path) ?? []) {
        ofTopic.forEach((ref, ordinal) => mentions.push({ path, ref, scope, hasFallback: fallbacks.has(ordinal) }));
      }
    }
    refs.push(...(await resolveMentions(space, files, mentions)));
  });
  return {
    rootMap: space.rootMap,
    maps: sorted(space.mapPaths),
    topics: sorted(topics.keys()).map((path) => ({ path, scopeIds: [...(topics.get(path) ?? [])].map((scope) => scope.id) })),
    scopes: space.scopes.map((scope) => reportScope(space, scope)),
    refs: refs.sort((a, b) => compare(a.path, b.path) || a.line - b.line),
  };
}

function reportScope(space: KeySpace, scope: KeyScope): KeySpaceReport['scopes'][number] {
  const { id, names, parent, definedBy } = scope;
  const keys = Object.fromEntries([...space.bindings(scope)].sort(([a], [b]) => compare(a, b)));
  return { id, names, parent: parent?.id ?? null, definedBy, keys };
}

/** Key references of the elements of the tree; an element that the scope meets twice counts once. */
function mapMentions(space: KeySpace): Mention[] {
  const mentions: Mention[] = [];
  for (const scope of space.scopes) {
    const met = new Set<string>();
    for (const { map, index } of scope.members) {
      const element = `${index} ${map.path}`;
      if (met.has(element)) continue;
      met.add(element);
      for (const ordinal of map.keyRefs.get(index) ?? []) {
        const ref = map.refs[ordinal];
        if (ref) mentions.push({ path: map.path, ref, scope, hasFallback: map.fallbacks.has(ordinal) });
      }
    }
  }
  return mentions;
}

/** Topics that the elements of each scope bring, by key or else by href. */
async function topicsInScopes(space: KeySpace, files: KeySpaceFiles): Promise<Map<string, Set<KeyScope>>> {
  const candidates = space.scopes.flatMap((scope) =>
    scope.members.map(({ map, node }) => {
      const href = ownHref(map, node);
      if (node.bringsNoTopic || (href !== null && !TOPIC_KINDS.has(href.kind))) return { scope, paths: [] };
      const keyref = map.refs.slice(node.firstRef, node.ownEnd).find((ref) => ref.attribute === 'keyref');
      const byKey = typeof keyref?.key === 'string' ? space.resolve(scope, keyref.key, null, null).target : null;
      return { scope, paths: [byKey, href?.target ?? null].filter((path) => path !== null) };
    }),
  );
  const isTopic = new Set<string>();
  await forEachChunk(new Set(candidates.flatMap(({ paths }) => paths)), async (paths) => {
    for (const [path, target] of await files.targets(paths)) if (target.fileType === 'DITATOPIC') isTopic.add(path);
  });
  const topics = new Map<string, Set<KeyScope>>();
  for (const { scope, paths } of candidates) {
    const path = paths.find((candidate) => isTopic.has(candidate));
    if (path !== undefined) topics.set(path, (topics.get(path) ?? new Set()).add(scope));
  }
  return topics;
}

async function resolveMentions(space: KeySpace, files: KeySpaceFiles, mentions: readonly Mention[]): Promise<ResolvedKeyReference[]> {
  const needed = new Set<string>();
  for (const { ref, scope } of mentions) {
    const path = ref.key === null ? null : space.targetNeeded(scope, ref.key, ref.keyElement);
    if (path !== null) needed.add(path);
  }
  const targets = needed.size === 0 ? null : await files.targets([...needed]);
  return mentions.flatMap(({ path, ref, scope, hasFallback }) => {
    const { line, element, attribute, raw, key, keyElement } = ref;
    if (key === null) return [];
    const wanted = space.targetNeeded(scope, key, keyElement);
    const resolution = space.resolve(scope, key, keyElement, wanted === null ? null : (targets?.get(wanted) ?? null));
    return [{ path, line, element, attribute, raw, key, keyElement, scopeId: scope.id, ...resolution, hasFallback }];
  });
}

function sorted(paths: Iterable<string>): string[] {
  return [...paths].sort(compare);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
