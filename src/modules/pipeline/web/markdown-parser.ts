import createParser, { type MarkdownIt, type StateInline, type Token } from 'markdown-it';
import { LineCounter } from './line-counter.js';

export type { Token } from 'markdown-it';

/** The token of a key reference: `content` is the key, `info` is `link` or `image`. */
export const KEY_REFERENCE = 'key_reference';

/** Tokens whose line is of interest. */
const LOCATED = new Set(['link_open', 'image', 'html_inline', KEY_REFERENCE]);
/** Deeper than anybody writes; below, the parser's own recursion is safe. */
const MAX_NESTING = 1000;
/** CommonMark, "link label": a key stands on one line. */
const KEY_LABEL = /\[((?:[^[\]\\\n\t]|\\.){1,999})\]/y;
const LEFT_BRACKET = 91;
const EXCLAMATION_MARK = 33;

const parser = markdownParser();

/**
 * Tokens of a CommonMark document. `map[0]` of block tokens is a line of the document (from 0), `map[0]` of links,
 * images, tags and key references in `inline` tokens one of the block that they stand in.
 */
export function parseMarkdown(text: string): Token[] {
  return parser.parse(text, {});
}

function markdownParser(): MarkdownIt {
  const markdown = createParser('commonmark');
  markdown.set({ maxNesting: MAX_NESTING });
  // Destinations as they are written: neither refused nor escaped for a browser.
  markdown.normalizeLink = (url) => url;
  markdown.validateLink = () => true;
  markdown.inline.State = locatedState(markdown.inline.State);
  markdown.inline.ruler.after('image', KEY_REFERENCE, readKeyReference);
  return markdown;
}

/** markdown-it knows the lines of blocks only: takes down on which line of its block each token of interest begins. */
function locatedState(State: typeof StateInline): typeof StateInline {
  return class LocatedState extends State {
    private readonly lines = new LineCounter(this.src);

    override push(type: string, tag: string, nesting: -1 | 0 | 1): Token {
      const token = super.push(type, tag, nesting);
      if (LOCATED.has(type)) {
        const line = this.lines.lineAt(this.pos) - 1;
        token.map = [line, line];
      }
      return token;
    }
  };
}

/**
 * MDITA's references by key: `[text][key]` and `![alt][key]` whose label no definition knows (extraction.md,
 * section 10). To CommonMark they are plain text, and all that surrounds them is read as if they were: so the rule
 * says no where the parser only looks for the end of something.
 */
function readKeyReference(state: StateInline, silent: boolean): boolean {
  if (silent) return false;
  const isImage = state.src.charCodeAt(state.pos) === EXCLAMATION_MARK;
  const opening = isImage ? state.pos + 1 : state.pos;
  if (state.src.charCodeAt(opening) !== LEFT_BRACKET) return false;
  const closing = state.md.helpers.parseLinkLabel(state, opening);
  if (closing < 0) return false;
  const key = keyLabelAt(state, closing + 1);
  if (key === null) return false;
  const { posMax } = state;
  const token = state.push(KEY_REFERENCE, '', 0);
  token.content = key;
  token.info = isImage ? 'image' : 'link';
  state.pos = opening + 1;
  state.posMax = closing;
  state.md.inline.tokenize(state);
  state.pos = closing + key.length + 3;
  state.posMax = posMax;
  return true;
}

function keyLabelAt(state: StateInline, position: number): string | null {
  KEY_LABEL.lastIndex = position;
  const key = KEY_LABEL.exec(state.src)?.[1] ?? '';
  return position < state.posMax && key.trim() !== '' && !isDefined(state, key) ? key : null;
}

function isDefined({ md, env }: StateInline, label: string): boolean {
  return env.references?.[md.utils.normalizeReference(label)] !== undefined;
}
