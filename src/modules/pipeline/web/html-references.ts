import { cssMentions } from './css-references.js';
import type { StartTag } from './html-scanner.js';
import { srcsetUrls } from './srcset.js';

/** A reference of HTML before it is resolved: by URI, or by key. */
export interface HtmlMention {
  kind: string;
  element: string;
  attribute: string;
  raw: string;
  line: number;
  byKey: boolean;
}

/** Element → attribute → kind (extraction.md, section 10); what depends on more than the name is decided below. */
const KINDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  a: { href: 'a' },
  area: { href: 'a' },
  img: { src: 'img' },
  script: { src: 'script' },
  iframe: { src: 'frame' },
  frame: { src: 'frame' },
  embed: { src: 'media' },
  source: { src: 'media' },
  track: { src: 'media' },
  audio: { src: 'media' },
  video: { src: 'media', poster: 'media' },
  object: { data: 'media' },
};

const WITH_SRCSET = new Set(['img', 'source']);
const DATA_KEYS = [
  ['data-conkeyref', 'conkeyref'],
  ['data-keyref', 'keyref'],
] as const;

/** The references that a start tag makes. */
export function tagMentions(tag: StartTag): HtmlMention[] {
  if (tag.attributes.size === 0) return [];
  const found: HtmlMention[] = [];
  const add = (kind: string, attribute: string, raw: string | undefined, byKey = false): void => {
    if (raw !== undefined) found.push({ kind, element: tag.name, attribute, raw, line: tag.line, byKey });
  };
  for (const [attribute, kind] of Object.entries(kindsOf(tag))) add(kind, attribute, tag.attributes.get(attribute));
  if (WITH_SRCSET.has(tag.name)) {
    for (const url of srcsetUrls(tag.attributes.get('srcset') ?? '')) add('img', 'srcset', url);
  }
  add('conref', 'data-conref', tag.attributes.get('data-conref'));
  for (const [attribute, kind] of DATA_KEYS) add(kind, attribute, tag.attributes.get(attribute), true);
  const style = tag.attributes.get('style');
  return style === undefined ? found : found.concat(styleMentions(style, tag));
}

/** The references of CSS in a `style` attribute or element; their line is that of the tag. */
export function styleMentions(css: string, tag: StartTag): HtmlMention[] {
  return cssMentions(css).map(({ kind, raw }) => ({ kind, element: tag.name, attribute: 'style', raw, line: tag.line, byKey: false }));
}

function kindsOf(tag: StartTag): Readonly<Record<string, string>> {
  if (tag.name === 'input') return tag.attributes.get('type')?.toLowerCase() === 'image' ? { src: 'img' } : {};
  if (tag.name === 'link') return { href: isStylesheet(tag) ? 'stylesheet' : 'html-link' };
  return Object.hasOwn(KINDS, tag.name) ? (KINDS[tag.name] ?? {}) : {};
}

function isStylesheet(tag: StartTag): boolean {
  const tokens = (tag.attributes.get('rel') ?? '').toLowerCase().split(/[\t\n\f\r ]+/);
  return tokens.includes('stylesheet');
}
