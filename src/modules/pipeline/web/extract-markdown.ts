import type { Definition, Heading, Node, Parent, Root } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import type { AssetFacts, Reference } from '../../../contracts/asset.js';
import type { AssetSource } from '../../../contracts/pipeline.js';
import { emptyFacts } from '../empty-facts.js';
import { localReference } from '../local-reference.js';
import { readFrontMatter } from './front-matter.js';
import { readHtml } from './html-reader.js';
import { keyReference } from './key-reference.js';
import { keyReferenceFromMarkdown, keyReferenceSyntax } from './markdown-keys.js';
import { nodesInOrder, plainText } from './markdown-tree.js';
import { decodeUtf8 } from './text-decoding.js';

const SYNTAX = { extensions: [keyReferenceSyntax()], mdastExtensions: [keyReferenceFromMarkdown()] };
const TRAILING_ATTRIBUTES = /\s*\{[^{}]*\}\s*$/;

/** Facts and references of a Markdown file (extraction.md, section 10). Never throws for its content. */
export function extractMarkdown(source: AssetSource): { facts: AssetFacts; refs: Reference[] } {
  const markdown = decodeUtf8(source.bytes);
  const front = readFrontMatter(markdown);
  const body = markdown.slice(front.endOffset);
  const tree = fromMarkdown(body, SYNTAX);
  const facts = emptyFacts('MARKDOWN', 'text/markdown');
  facts.metadata.authors = front.authors;
  facts.title = front.title ?? firstHeading(tree);
  return { facts, refs: new ReferenceReader(source, body, front.lineCount).read(tree) };
}

function firstHeading(tree: Root): string | null {
  for (const node of nodesInOrder(tree)) {
    if (node.type === 'heading') return plainText(node as Heading).replace(/\s+/g, ' ').replace(TRAILING_ATTRIBUTES, '').trim() || null;
  }
  return null;
}

/** Collects references in the order of their opening brackets. */
class ReferenceReader {
  private readonly refs: Reference[] = [];
  private readonly definitions = new Map<string, string>();

  constructor(
    private readonly source: AssetSource,
    private readonly body: string,
    private readonly linesBefore: number,
  ) {}

  read(tree: Root): Reference[] {
    for (const node of nodesInOrder(tree)) {
      if (node.type === 'definition') this.define(node as Definition);
    }
    for (const node of nodesInOrder(tree)) this.visit(node as Root['children'][number]);
    return this.refs;
  }

  private visit(node: Root['children'][number]): void {
    switch (node.type) {
      case 'link':
        return this.add('link', this.isAutolink(node) ? 'autolink' : 'inline', node.url, node);
      case 'image':
        return this.add('image', 'inline', node.url, node);
      case 'linkReference':
      case 'imageReference': {
        const raw = this.definitions.get(node.identifier);
        if (raw !== undefined) this.add(node.type === 'linkReference' ? 'link' : 'image', 'reference', raw, node);
        return;
      }
      case 'keyReference':
        this.refs.push(keyReference({ kind: 'keyref', element: node.element, attribute: 'reference', raw: node.label, line: this.lineOf(node) }));
        return;
      case 'html':
        for (const reference of readHtml(node.value, this.source, this.lineOf(node)).refs) this.refs.push(reference);
        return;
      default:
    }
  }

  /** The first definition of a label counts (CommonMark, "link reference definition"). */
  private define({ identifier, url }: Definition): void {
    if (!this.definitions.has(identifier)) this.definitions.set(identifier, url);
  }

  private add(element: 'link' | 'image', attribute: string, raw: string, node: Node): void {
    const kind = element === 'link' ? 'md-link' : 'md-image';
    this.refs.push(localReference({ kind, element, attribute, raw, line: this.lineOf(node) }, this.source));
  }

  /** `<uri>` and `<mail>`: the only links that do not begin with a bracket. */
  private isAutolink(node: Parent): boolean {
    return this.body.charAt(node.position?.start.offset ?? -1) === '<';
  }

  private lineOf(node: Node): number {
    return (node.position?.start.line ?? 1) + this.linesBefore;
  }
}
