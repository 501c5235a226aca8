import { SaxesParser } from 'saxes';
import type { EntityTable } from './entity-table.js';
import { XmlError } from './xml-error.js';
import { countLineEnds } from './xml-text.js';

/** Entities in each other; deeper ones were refused when their length was counted. */
const MAX_PASSES = 100;

/**
 * Puts the replacement text of entities that bring elements in the place of their references, so that these elements
 * are parsed. Comments, CDATA, processing instructions and tags are left alone. Line ends in the text become blanks:
 * line numbers stay those of the file.
 * @param firstLine of `body` in the file.
 * @throws XmlError ENTITY_LIMIT or RECURSIVE_ENTITY
 */
export function inlineMarkupEntities(body: string, entities: EntityTable, firstLine: number): string {
  let text = body;
  const checked = new Set<string>();
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const next = inlineOnce(text, entities, pass === 0, firstLine, checked);
    if (next === text) return text;
    text = next;
  }
  return text;
}

function inlineOnce(text: string, entities: EntityTable, isFirst: boolean, firstLine: number, checked: Set<string>): string {
  // One token: a comment, a CDATA section, a processing instruction, a tag with its quoted values, or a reference.
  const token = /<!--[^]*?-->|<!\[CDATA\[[^]*?\]\]>|<\?[^]*?\?>|<(?:"[^"]*"|'[^']*'|[^'">])*>|&([^;&#\s<]+);/g;
  let result = '';
  let copied = 0;
  let line = firstLine;
  for (const match of text.matchAll(token)) {
    const [reference, name] = match;
    if (name === undefined || !entities.bringsMarkup(name)) continue;
    line += countLineEnds(text.slice(copied, match.index));
    const markup = entities.markup(name, isFirst, line);
    if (!checked.has(name)) demandBalanced(name, markup, line);
    checked.add(name);
    result += text.slice(copied, match.index) + markup;
    copied = match.index + reference.length;
  }
  return copied === 0 ? text : result + text.slice(copied);
}

/** An entity must be well-formed in itself: its elements end where they began (XML 1.0, 4.3.2). */
function demandBalanced(name: string, markup: string, line: number): void {
  const parser = new SaxesParser({ fragment: true, xmlns: false, position: false });
  // References inside are judged where they are expanded.
  parser.ENTITIES = new Proxy<Record<string, string>>({}, { get: () => '' });
  try {
    parser.write(markup).close();
  } catch {
    throw new XmlError('NOT_WELL_FORMED', line, null, `The entity ${name.slice(0, 80)} is not well-formed in itself.`);
  }
}
