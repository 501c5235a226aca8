import type { EntityTable } from './entity-table.js';
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
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const next = inlineOnce(text, entities, pass === 0, firstLine);
    if (next === text) return text;
    text = next;
  }
  return text;
}

function inlineOnce(text: string, entities: EntityTable, isFirst: boolean, firstLine: number): string {
  // One token: a comment, a CDATA section, a processing instruction, a tag with its quoted values, or a reference.
  const token = /<!--[^]*?-->|<!\[CDATA\[[^]*?\]\]>|<\?[^]*?\?>|<(?:"[^"]*"|'[^']*'|[^'">])*>|&([^;&#\s<]+);/g;
  let result = '';
  let copied = 0;
  for (const match of text.matchAll(token)) {
    const [reference, name] = match;
    if (name === undefined || !entities.bringsMarkup(name)) continue;
    const line = firstLine + countLineEnds(text.slice(0, match.index));
    result += text.slice(copied, match.index) + entities.markup(name, isFirst, line);
    copied = match.index + reference.length;
  }
  return copied === 0 ? text : result + text.slice(copied);
}
