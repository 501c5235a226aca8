import { tokenize, tokenTypes } from 'css-tree/tokenizer';
import { string as cssString, url as cssUrl } from 'css-tree/utils';

/** A URL that a style sheet names. */
export interface CssMention {
  kind: 'css-url' | 'css-import';
  /** Decoded value. */
  raw: string;
  /** Offset of the `url(` or of the `@import`. */
  offset: number;
}

const { AtKeyword, Comment, Function: FunctionToken, String: StringToken, Url, WhiteSpace } = tokenTypes;

/** What the next string means: the target of an `@import`, the argument of `url(`, or text. */
interface Expectation {
  kind: CssMention['kind'];
  offset: number;
  inUrl: boolean;
}

/** `url(…)` and `@import` of a style sheet or of a `style` attribute, in order; comments and other strings give nothing. */
export function cssMentions(css: string): CssMention[] {
  const found: CssMention[] = [];
  let expected: Expectation | null = null;
  tokenize(css, (type, start, end) => {
    if (type === WhiteSpace || type === Comment) return;
    const before = expected;
    expected = null;
    switch (type) {
      case AtKeyword:
        if (isImport(css, start, end)) expected = { kind: 'css-import', offset: start, inUrl: false };
        return;
      case FunctionToken:
        if (isUrlFunction(css, start, end)) expected = { kind: before?.kind ?? 'css-url', offset: before?.offset ?? start, inUrl: true };
        return;
      case Url:
        found.push({ kind: before?.kind ?? 'css-url', raw: cssUrl.decode(css.slice(start, end)), offset: before?.offset ?? start });
        return;
      case StringToken:
        if (before) found.push({ kind: before.kind, raw: cssString.decode(css.slice(start, end)), offset: before.offset });
        return;
      default:
    }
  });
  return found;
}

function isImport(css: string, start: number, end: number): boolean {
  return end - start === '@import'.length && css.slice(start, end).toLowerCase() === '@import';
}

function isUrlFunction(css: string, start: number, end: number): boolean {
  return end - start === 'url('.length && css.slice(start, end).toLowerCase() === 'url(';
}
