import type { AssetFacts, Reference } from '../../../contracts/asset.js';
import type { AssetSource } from '../../../contracts/pipeline.js';
import { emptyFacts } from '../empty-facts.js';
import { localReference } from '../local-reference.js';
import { readFrontMatter } from './front-matter.js';
import { readHtml } from './html-reader.js';
import { keyReference } from '../key-reference.js';
import { KEY_REFERENCE, parseMarkdown, type Token } from './markdown-parser.js';
import { decodeUtf8 } from './text-decoding.js';

const TRAILING_ATTRIBUTES = /\s*\{[^{}]*\}\s*$/;

/** Facts and references of a Markdown file (extraction.md, section 10). Never throws for its content. */
export function extractMarkdown(source: AssetSource): { facts: AssetFacts; refs: Reference[] } {
  const markdown = decodeUtf8(source.bytes);
  const front = readFrontMatter(markdown);
  const tokens = parseMarkdown(markdown.slice(front.endOffset));
  const facts = emptyFacts('MARKDOWN', 'text/markdown');
  facts.metadata.authors = front.authors;
  facts.title = front.title ?? firstHeading(tokens);
  return { facts, refs: new ReferenceReader(source).read(tokens, front.lineCount + 1) };
}

function firstHeading(tokens: readonly Token[]): string | null {
  const content = tokens[tokens.findIndex(({ type }) => type === 'heading_open') + 1];
  if (content?.type !== 'inline') return null;
  return plainText(content.children).replace(/\s+/g, ' ').replace(TRAILING_ATTRIBUTES, '').trim() || null;
}

/** Text as a reader sees it: of images the alternative text, no markup. */
function plainText(tokens: readonly Token[] | null): string {
  let text = '';
  for (const { type, content, children } of tokens ?? []) {
    if (type === 'text' || type === 'code_inline') text += content;
    else if (type === 'image') text += plainText(children);
    else if (type === 'softbreak' || type === 'hardbreak') text += ' ';
  }
  return text;
}

/** Collects references in the order of their opening brackets. */
class ReferenceReader {
  private readonly refs: Reference[] = [];

  constructor(private readonly source: AssetSource) {}

  /** @param firstLine line of the file, from 1, that the line 0 of the tokens is. */
  read(tokens: readonly Token[], firstLine: number): Reference[] {
    for (const token of tokens) {
      const line = firstLine + (token.map?.[0] ?? 0);
      if (token.type === 'inline' && token.children) this.read(token.children, line);
      this.visit(token, line);
    }
    return this.refs;
  }

  private visit(token: Token, line: number): void {
    switch (token.type) {
      case 'link_open':
        return this.add('link', 'href', token, line);
      case 'image':
        return this.add('image', 'src', token, line);
      case KEY_REFERENCE:
        this.refs.push(keyReference({ kind: 'keyref', element: token.info, attribute: 'reference', raw: token.content, line }));
        return;
      case 'html_inline':
      case 'html_block':
        for (const reference of readHtml(token.content, this.source, line).refs) this.refs.push(reference);
        return;
      default:
    }
  }

  private add(element: 'link' | 'image', attribute: 'href' | 'src', token: Token, line: number): void {
    const kind = element === 'link' ? 'md-link' : 'md-image';
    const raw = String(token.attrGet(attribute) ?? '');
    this.refs.push(localReference({ kind, element, attribute: writtenAs(token), raw, line }, this.source));
  }
}

function writtenAs(token: Token): string {
  if (token.info === 'auto') return 'autolink';
  // The parser notes the label of what it found by a definition.
  return token.meta?.['label'] === undefined ? 'inline' : 'reference';
}
