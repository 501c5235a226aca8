import type { KeyContext, MapNode } from '../../../contracts/asset.js';
import type { Frame } from './frame.js';
import type { ReferenceCollector } from './reference-collector.js';
import { collapse } from './summary.js';
import type { Attributes } from './xml-events.js';

/** Collects what key spaces need beyond keys and references: the nesting of a map, and which key references have a fallback. */
export class KeyContextBuilder {
  private readonly nodes: MapNode[] = [];
  private readonly fallbacks: number[] = [];
  /** Open nodes, by index, with the depth of their elements. */
  private readonly openNodes: { node: number; depth: number }[] = [];
  private firstRef = 0;
  private firstKey = 0;

  constructor(
    private readonly isMap: boolean,
    private readonly collected: Pick<ReferenceCollector, 'refs' | 'keys'>,
  ) {}

  /** To be called before the references of an element are collected. */
  beforeReferences(): void {
    this.firstRef = this.collected.refs.length;
    this.firstKey = this.collected.keys.length;
  }

  /** To be called when the references of an element have been collected. */
  open(frame: Frame, depth: number, attributes: Attributes, line: number): void {
    const { refs, keys } = this.collected;
    for (let ordinal = this.firstRef; ordinal < refs.length; ordinal++) {
      const ref = refs[ordinal];
      if (ref?.status === 'key' && attributes[ref.attribute === 'conkeyref' ? 'conref' : 'href'] !== undefined) this.fallbacks.push(ordinal);
    }
    const { kind } = frame;
    if (!this.isMap || !(depth === 1 || kind.isTopicref || frame.standsForTopicref || kind.tokens.has('map/reltable'))) return;
    const node: MapNode = { parent: this.openNodes.at(-1)?.node ?? -1, line, firstRef: this.firstRef, ownEnd: refs.length, endRef: refs.length };
    const id = collapse(attributes['id'] ?? '');
    const names = kind.isTopicref || depth === 1 ? scopeNames(attributes['keyscope']) : [];
    if (id !== '') node.id = id;
    if (names.length > 0) node.keyscope = names;
    if (keys.length > this.firstKey) node.key = this.firstKey;
    if (attributes['keyref'] !== undefined && !bringsTopics(frame)) node.bringsNoTopic = true;
    this.openNodes.push({ node: this.nodes.length, depth });
    this.nodes.push(node);
  }

  close(depth: number): void {
    const top = this.openNodes.at(-1);
    if (top?.depth !== depth) return;
    this.openNodes.pop();
    const node = this.nodes[top.node];
    if (node) node.endRef = this.collected.refs.length;
  }

  /** Null where there is nothing to know. */
  result(): KeyContext | null {
    return this.nodes.length > 0 || this.fallbacks.length > 0 ? { nodes: this.nodes, fallbacks: this.fallbacks } : null;
  }
}

/** A topicref of a kind that leads to topics. */
function bringsTopics({ kind, standsForTopicref }: Frame): boolean {
  return standsForTopicref || (kind.isTopicref && !kind.tokens.has('ditavalref-d/ditavalref') && !kind.tokens.has('mapgroup-d/anchorref'));
}

function scopeNames(keyscope: string | undefined): string[] {
  return [...new Set(keyscope?.match(/[^ \t\r\n]+/g) ?? [])];
}
