import type { AssetFacts, Reference } from '../../../contracts/asset.js';
import type { AssetSource } from '../../../contracts/pipeline.js';
import { emptyFacts } from '../empty-facts.js';
import { localReference } from '../local-reference.js';
import { cssMentions } from './css-references.js';
import { LineCounter } from './line-counter.js';
import { decodeCss } from './text-decoding.js';

/** Facts and references of a style sheet (extraction.md, section 10). Never throws for its content. */
export function extractCss(source: AssetSource): { facts: AssetFacts; refs: Reference[] } {
  const css = decodeCss(source.bytes);
  const lines = new LineCounter(css);
  const refs = cssMentions(css).map(({ kind, raw, offset }) =>
    localReference({ kind, element: 'css', attribute: 'url', raw, line: lines.lineAt(offset) }, source),
  );
  return { facts: emptyFacts('HTML/CSS', 'text/css'), refs };
}
