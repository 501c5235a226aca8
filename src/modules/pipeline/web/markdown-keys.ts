import type { Extension as MdastExtension } from 'mdast-util-from-markdown';
import type { Code, Construct, Effects, Event, Extension, State, Token, TokenizeContext } from 'micromark-util-types';
import type { Parent } from 'mdast';

/**
 * MDITA's references by key: `[text][key]` and `![alt][key]` whose label no definition knows (extraction.md,
 * section 10). To CommonMark they are plain text, and all that surrounds them is read as if they were.
 */
export interface KeyReferenceNode extends Parent {
  type: 'keyReference';
  element: 'link' | 'image';
  label: string;
}

declare module 'micromark-util-types' {
  interface TokenTypeMap {
    keyReference: 'keyReference';
    keyReferenceEnd: 'keyReferenceEnd';
    keyReferenceLabel: 'keyReferenceLabel';
    keyReferenceLabelString: 'keyReferenceLabelString';
  }
}

declare module 'mdast' {
  interface RootContentMap {
    keyReference: KeyReferenceNode;
  }
  interface PhrasingContentMap {
    keyReference: KeyReferenceNode;
  }
}

const LEFT_BRACKET = 91;
const BACKSLASH = 92;
const RIGHT_BRACKET = 93;
/** CommonMark, "link label". */
const MAX_LABEL_LENGTH = 999;

/** For micromark: tried at each `]` before CommonMark's own rules. */
export function keyReferenceSyntax(): Extension {
  return { text: { [RIGHT_BRACKET]: keyReferenceEnd } };
}

/** For mdast: makes a node of each. */
export function keyReferenceFromMarkdown(): MdastExtension {
  return {
    enter: {
      keyReference(token) {
        const element = this.sliceSerialize(token).startsWith('!') ? 'image' : 'link';
        this.enter({ type: 'keyReference', element, label: '', children: [] }, token);
      },
    },
    exit: {
      keyReferenceLabelString(token) {
        const node = this.stack.at(-1);
        if (node?.type === 'keyReference') node.label = this.sliceSerialize(token);
      },
      keyReference(token) {
        this.exit(token);
      },
    },
  };
}

const keyReferenceEnd: Construct = { name: 'keyReferenceEnd', tokenize: tokenizeEnd, resolveTo: groupTokens };

function tokenizeEnd(this: TokenizeContext, effects: Effects, ok: State, nok: State): State {
  const { parser } = this;
  const starts = this._labelStarts ?? [];
  // Those that failed to close are never asked again.
  while (starts.at(-1)?._balanced === true) starts.pop();
  const opening = starts.at(-1);
  const textOf = (token: Token): string => this.sliceSerialize(token);
  let length = 0;
  return end;

  function end(code: Code): State | undefined {
    if (!opening || opening._inactive === true) return nok(code);
    effects.enter('keyReferenceEnd');
    effects.consume(code);
    effects.exit('keyReferenceEnd');
    return labelStart;
  }

  function labelStart(code: Code): State | undefined {
    if (code !== LEFT_BRACKET) return nok(code);
    effects.enter('keyReferenceLabel');
    effects.consume(code);
    effects.enter('keyReferenceLabelString');
    return label;
  }

  function label(code: Code): State | undefined {
    if (code === RIGHT_BRACKET) return labelEnd(code);
    // Line ends and tabs are negative codes: a key stands on one line.
    if (code === null || code < 0 || code === LEFT_BRACKET || length > MAX_LABEL_LENGTH) return nok(code);
    length++;
    effects.consume(code);
    return code === BACKSLASH ? escaped : label;
  }

  function escaped(code: Code): State | undefined {
    if (code !== LEFT_BRACKET && code !== RIGHT_BRACKET && code !== BACKSLASH) return label(code);
    length++;
    effects.consume(code);
    return label;
  }

  function labelEnd(code: Code): State | undefined {
    const text = textOf(effects.exit('keyReferenceLabelString'));
    effects.consume(code);
    effects.exit('keyReferenceLabel');
    const isKey = text.trim() !== '' && !parser.defined.includes(normalizeLabel(text));
    return isKey ? closed : nok;
  }

  function closed(code: Code): State | undefined {
    starts.pop();
    return ok(code);
  }
}

/** Events of `[`, and of `![`, whose label they open. */
const OPENING_EVENTS = { labelLink: 4, labelImage: 6 } as const;
/** Events of `][label]`. */
const CLOSING_EVENTS = 6;

/** Puts what stands between the brackets into a group, as CommonMark does with links; links around it stay allowed. */
function groupTokens(events: Event[], context: TokenizeContext): Event[] {
  const closing = events.length - CLOSING_EVENTS;
  const open = events.findLastIndex(([phase, token], index) => index < closing && phase === 'enter' && isOpening(token));
  const opening = events[open]?.[1];
  const last = events.at(-1)?.[1];
  if (!opening || !last || !isOpening(opening)) return events;
  const group: Token = { type: 'keyReference', start: { ...opening.start }, end: { ...last.end } };
  const inside = resolveInside(events.slice(open + OPENING_EVENTS[opening.type], closing), context);
  const end = events.slice(closing);
  // In place: the caller holds on to this array.
  events.length = open;
  events.push(['enter', group, context]);
  for (const event of inside) events.push(event);
  events.push(...end, ['exit', group, context]);
  return events;
}

function isOpening(token: Token): token is Token & { type: keyof typeof OPENING_EVENTS } {
  return (token.type === 'labelLink' || token.type === 'labelImage') && token._balanced !== true;
}

/** Emphasis begins and ends within the brackets. */
function resolveInside(events: Event[], context: TokenizeContext): Event[] {
  const resolvers = new Set(context.parser.constructs.insideSpan.null?.map((construct) => construct.resolveAll));
  let resolved = events;
  for (const resolve of resolvers) resolved = resolve?.(resolved, context) ?? resolved;
  return resolved;
}

/** CommonMark, "matches": white space collapsed, case folded. */
function normalizeLabel(label: string): string {
  return label.replace(/[\t\n\r ]+/g, ' ').replace(/^ | $/g, '').toLowerCase().toUpperCase();
}
