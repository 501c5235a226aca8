import type { AssetFacts, MapNode, Reference } from '../../../contracts/asset.js';
import type { KeySpaceFile, KeySpaceFiles } from '../../../contracts/key-space.js';

/** Files asked for at a time. */
const CHUNK = 200;

/** Calls `visit` for the files of each chunk of `paths`, so that few are in memory. */
export async function forEachChunk(paths: Iterable<string>, visit: (chunk: string[]) => Promise<void>): Promise<void> {
  const all = [...paths];
  for (let at = 0; at < all.length; at += CHUNK) await visit(all.slice(at, at + CHUNK));
}

/** A map of the tree with the positions that walking it needs. */
export interface MapFile {
  path: string;
  rootId: string | null;
  nodes: readonly MapNode[];
  /** Index behind the last node below each node. */
  ends: readonly number[];
  keys: AssetFacts['keys'];
  refs: readonly Reference[];
  /** Ordinals of the key references of each node, without those of the nodes below it. */
  keyRefs: ReadonlyMap<number, number[]>;
  fallbacks: ReadonlySet<number>;
}

/** Whether the reference brings the content of another map (section 9, "Tree of a root map"). */
export function includesMap(ref: Reference): boolean {
  return ref.kind === 'mapref' && ref.scope === 'local' && ref.status === 'ok';
}

/** The root map and all that it includes, directly or not; maps that are not well-formed have no nodes and are left out. */
export async function loadMapTree(files: KeySpaceFiles, rootMap: string): Promise<Map<string, MapFile>> {
  const maps = new Map<string, MapFile>();
  const asked = new Set<string>([rootMap]);
  for (let wanted = [rootMap]; wanted.length > 0; ) {
    const found: MapFile[] = [];
    await forEachChunk(wanted, async (chunk) => {
      for (const file of (await files.load(chunk)).values()) {
        const map = toMapFile(file);
        if (map) found.push(map);
      }
    });
    wanted = [];
    for (const map of found) {
      maps.set(map.path, map);
      for (const ref of map.refs) {
        if (!includesMap(ref) || ref.target === null || asked.has(ref.target)) continue;
        asked.add(ref.target);
        wanted.push(ref.target);
      }
    }
  }
  return maps;
}

function toMapFile({ path, facts, refs }: KeySpaceFile): MapFile | null {
  const { keyContext, keys, rootId } = facts;
  if (facts.fileType !== 'DITAMAP' || facts.wellFormed !== true || !keyContext || keyContext.nodes.length === 0) return null;
  const { nodes, fallbacks } = keyContext;
  const ends = nodes.map((_, i) => i + 1);
  // Children stand behind their parents, so going backwards every child is known before its parent.
  for (let i = nodes.length - 1; i > 0; i--) {
    const parent = nodes[i]?.parent ?? 0;
    ends[parent] = Math.max(ends[parent] ?? 0, ends[i] ?? 0);
  }
  return { path, rootId, nodes, ends, keys, refs, keyRefs: keyRefsByNode(nodes, refs), fallbacks: new Set(fallbacks) };
}

function keyRefsByNode(nodes: readonly MapNode[], refs: readonly Reference[]): Map<number, number[]> {
  const byNode = new Map<number, number[]>();
  const open: number[] = [];
  let next = 0;
  refs.forEach((ref, ordinal) => {
    while ((nodes[next]?.firstRef ?? Infinity) <= ordinal) open.push(next++);
    while (open.length > 1 && (nodes[open.at(-1) ?? 0]?.endRef ?? 0) <= ordinal) open.pop();
    const node = open.at(-1);
    if (ref.key === null || node === undefined) return;
    const ordinals = byNode.get(node);
    if (ordinals) ordinals.push(ordinal);
    else byNode.set(node, [ordinal]);
  });
  return byNode;
}
