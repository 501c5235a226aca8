import { type Token, Tokenizer, TokenizerMode, type TokenHandler } from 'parse5';

/** A start tag as the tokenizer reads it: name and attribute names in lower case, character references decoded. */
export interface StartTag {
  name: string;
  attributes: ReadonlyMap<string, string>;
  /** 1-based line of its `<`. */
  line: number;
  /** Below an `svg` or `math` element, where names mean something else. */
  foreign: boolean;
}

export interface HtmlListener {
  startTag(tag: StartTag): void;
  endTag?(name: string): void;
  text?(text: string): void;
  comment?(text: string): void;
}

/** Content models that the tokenizer must be told of, as the tree construction stage does (HTML, 13.2.6; no scripting). */
const CONTENT_MODES: ReadonlyMap<string, (typeof TokenizerMode)[keyof typeof TokenizerMode]> = new Map([
  ['title', TokenizerMode.RCDATA],
  ['textarea', TokenizerMode.RCDATA],
  ['style', TokenizerMode.RAWTEXT],
  ['xmp', TokenizerMode.RAWTEXT],
  ['iframe', TokenizerMode.RAWTEXT],
  ['noembed', TokenizerMode.RAWTEXT],
  ['noframes', TokenizerMode.RAWTEXT],
  ['script', TokenizerMode.SCRIPT_DATA],
  ['plaintext', TokenizerMode.PLAINTEXT],
]);

const FOREIGN_ROOTS = new Set(['svg', 'math']);

/** Reads HTML the tolerant way of HTML 5, whatever it is given; no tree is built. */
export function scanHtml(html: string, listener: HtmlListener): void {
  const handler = new Handler(listener);
  const tokenizer = new Tokenizer({ sourceCodeLocationInfo: true }, handler);
  handler.tokenizer = tokenizer;
  tokenizer.write(html, true);
}

class Handler implements TokenHandler {
  tokenizer: Tokenizer | null = null;
  private foreignDepth = 0;

  constructor(private readonly listener: HtmlListener) {}

  onStartTag(token: Token.TagToken): void {
    const name = token.tagName;
    const foreign = this.foreignDepth > 0;
    const attributes = new Map(token.attrs.map((attribute) => [attribute.name, attribute.value]));
    this.listener.startTag({ name, attributes, line: token.location?.startLine ?? 1, foreign });
    if (FOREIGN_ROOTS.has(name) && !token.selfClosing) this.foreignDepth++;
    const mode = CONTENT_MODES.get(name);
    if (mode !== undefined && this.tokenizer && !(foreign && token.selfClosing)) this.tokenizer.state = mode;
    if (this.tokenizer) this.tokenizer.inForeignNode = this.foreignDepth > 0;
  }

  onEndTag(token: Token.TagToken): void {
    if (FOREIGN_ROOTS.has(token.tagName) && this.foreignDepth > 0) this.foreignDepth--;
    if (this.tokenizer) this.tokenizer.inForeignNode = this.foreignDepth > 0;
    this.listener.endTag?.(token.tagName);
  }

  onCharacter(token: Token.CharacterToken): void {
    this.listener.text?.(token.chars);
  }

  onWhitespaceCharacter(token: Token.CharacterToken): void {
    this.listener.text?.(token.chars);
  }

  onNullCharacter(): void {
    // U+0000 is dropped, as browsers do.
  }

  onComment(token: Token.CommentToken): void {
    this.listener.comment?.(token.data);
  }

  onDoctype(): void {
    // Nothing that extraction wants stands in a DOCTYPE.
  }

  onEof(): void {
    // The listener keeps what was open.
  }
}
