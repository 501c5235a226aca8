import { ELEMENT_CLASSES } from './element-classes.js';

/** What an element is, as far as extraction asks (extraction.md, section 5). Computed once per name and class. */
export interface ElementKind {
  /** Class tokens; empty for foreign and unclassified elements. */
  readonly tokens: ReadonlySet<string>;
  readonly classified: boolean;
  readonly foreign: boolean;
  readonly isTopic: boolean;
  readonly isMap: boolean;
  readonly isTopicref: boolean;
  readonly isTopicmeta: boolean;
  readonly isTitle: boolean;
  /** Ordinary content: without attributes it changes nothing for what is below. */
  readonly isPlain: boolean;
  readonly isReltable: boolean;
  readonly isObject: boolean;
  /** It can have references in attributes of its own kind, such as `data` or `poster`. */
  readonly hasSpecialAttributes: boolean;
  /** Kind of reference that `href` makes here; null: href is ignored. */
  readonly hrefKind: string | null;
  readonly isLink: boolean;
  /** Hands scope and format down to links. */
  readonly isLinkContainer: boolean;
  /** Hands scope, format and role down to topicrefs. */
  readonly isMapContainer: boolean;
  /** topic/foreign or topic/unknown: unclassified elements below give nothing. */
  readonly hidesUnclassified: boolean;
  /** Left out of the text of titles and the like (section 6). */
  readonly excludedFromText: boolean;
  /** DTD defaults that must be supplied. */
  readonly defaultFormat: string | null;
  readonly defaultRole: string | null;
}

const DEFAULT_FORMATS: Readonly<Record<string, string>> = {
  mapref: 'ditamap',
  anchorref: 'ditamap',
  schemeref: 'ditamap',
  topicsetref: 'ditamap',
  ditavalref: 'ditaval',
  svgref: 'svg',
  mathmlref: 'mml',
};

const RESOURCE_ONLY = new Set([
  'keydef',
  'mapresources',
  'ditavalref',
  'subjectref',
  'topicapply',
  'topicsubject',
  'subjectScheme',
  'subjectRelTable',
  'topicSubjectTable',
]);

const EXCLUDED_FROM_TEXT = [
  'topic/indexterm',
  'topic/indextermref',
  'topic/fn',
  'topic/draft-comment',
  'topic/required-cleanup',
  'topic/data',
  'topic/data-about',
  'topic/foreign',
  'topic/unknown',
];

/** Classes of topics that what is below them depends on. */
const NEVER_PLAIN = ['topic/topic', 'topic/title', 'topic/prolog', 'topic/object', 'topic/foreign', 'topic/unknown', 'topic/related-links', 'topic/linkpool', 'topic/linklist'];

const MAP_CONTAINERS = ['map/map', 'map/topicref', 'map/reltable', 'map/relcolspec', 'map/relrow', 'map/relcell'];
const LINK_CONTAINERS = ['topic/related-links', 'topic/linkpool', 'topic/linklist'];

/** Classes with references in other attributes than href (section 7). */
const SPECIAL_ATTRIBUTES = [
  'map/map', 'map/navref', 'topic/object', 'topic/param', 'topic/image', 'topic/video', 'topic/media-source', 'topic/media-track', 'topic/video-poster',
];

/** Kind of the `href` of elements that are no topicref; the first that fits (section 7). */
const HREF_KINDS: readonly (readonly [string, string])[] = [
  ['pr-d/coderef', 'coderef'],
  ['svg-d/svgref', 'include'],
  ['mathml-d/mathmlref', 'include'],
  ['topic/include', 'include'],
  ['topic/xref', 'xref'],
  ['topic/link', 'link'],
  ['topic/image', 'image'],
  ['topic/longdescref', 'longdescref'],
  ['topic/data', 'data'],
  ['topic/data-about', 'data'],
  ['topic/author', 'metadata'],
  ['topic/source', 'metadata'],
  ['topic/publisher', 'metadata'],
  ['topic/lq', 'lq'],
  ['topic/longquoteref', 'lq'],
  ['topic/audio', 'media'],
  ['topic/video', 'media'],
  ['topic/media-source', 'media'],
  ['topic/media-track', 'media'],
  ['topic/video-poster', 'media'],
];

/** Rule 1: the form of a `@class` value that classifies. */
const CLASS_VALUE = /^\s*[-+]\s+(?:[^\s/]+\/[^\s/]+\s*)+$/;

/** Names whose kind is kept; hostile files can hold any number of them. */
const MAX_CACHED_KINDS = 20_000;

/** Knows what elements are, by `@class`, namespace or name. */
export class Vocabulary {
  private readonly tokensByName = new Map<string, readonly string[]>();
  private readonly byName = new Map<string, ElementKind>();
  private readonly byClass = new Map<string, ElementKind>();

  /** @param additions further lines `name token token …`, for a host's own specialisations. */
  constructor(additions: readonly string[] = []) {
    for (const line of [...ELEMENT_CLASSES.split('\n'), ...additions]) {
      const [name, ...tokens] = line.trim().split(/\s+/);
      if (name && tokens.length > 0) this.tokensByName.set(name, tokens);
    }
  }

  /** @param inNamespace the element has a default namespace; a prefix counts as one by itself. */
  kindOf(name: string, classValue: string | undefined, inNamespace: boolean): ElementKind {
    if (classValue !== undefined && CLASS_VALUE.test(classValue)) return this.kindByClass(name, classValue);
    if (inNamespace) return FOREIGN;
    let kind = this.byName.get(name);
    if (!kind) {
      const tokens = this.tokensByName.get(name);
      kind = tokens ? makeKind(name, tokens) : name.includes(':') ? FOREIGN : UNCLASSIFIED;
      if (this.byName.size < MAX_CACHED_KINDS) this.byName.set(name, kind);
    }
    return kind;
  }

  /** A root with an unknown name that is accepted as a topic or map all the same (section 3.5). */
  rootKind(fileType: 'DITATOPIC' | 'DITAMAP'): ElementKind {
    return this.kindOf(fileType === 'DITAMAP' ? 'map' : 'topic', undefined, false);
  }

  private kindByClass(name: string, classValue: string): ElementKind {
    const key = `${name}\0${classValue}`;
    let kind = this.byClass.get(key);
    if (!kind) {
      kind = makeKind(name, classTokens(classValue));
      if (this.byClass.size < MAX_CACHED_KINDS) this.byClass.set(key, kind);
    }
    return kind;
  }
}

const STANDARD_VOCABULARY = new Vocabulary();
const extended = new WeakMap<readonly string[], Vocabulary>();

/** The vocabulary of DITA with these lines; one for each list. */
export function vocabularyWith(additions: readonly string[] | undefined): Vocabulary {
  if (additions === undefined || additions.length === 0) return STANDARD_VOCABULARY;
  let vocabulary = extended.get(additions);
  if (!vocabulary) {
    vocabulary = new Vocabulary(additions);
    extended.set(additions, vocabulary);
  }
  return vocabulary;
}

/** Tokens of a `@class` value without its leading sign. */
export function classTokens(classValue: string): string[] {
  return classValue.trim().split(/\s+/).slice(1);
}

function makeKind(name: string, list: readonly string[]): ElementKind {
  const tokens = new Set(list);
  const isOneOf = (candidates: readonly string[]): boolean => candidates.some((token) => tokens.has(token));
  const isTopicref = tokens.has('map/topicref');
  return {
    tokens,
    classified: true,
    foreign: false,
    isTopic: tokens.has('topic/topic'),
    isMap: tokens.has('map/map'),
    isTopicref,
    isTopicmeta: tokens.has('map/topicmeta'),
    isTitle: tokens.has('topic/title'),
    isPlain: !list.some((token) => token.startsWith('map/')) && !isOneOf(NEVER_PLAIN),
    isReltable: tokens.has('map/reltable'),
    isObject: tokens.has('topic/object'),
    hasSpecialAttributes: isOneOf(SPECIAL_ATTRIBUTES),
    hrefKind: isTopicref ? null : (HREF_KINDS.find(([token]) => tokens.has(token))?.[1] ?? null),
    isLink: tokens.has('topic/link'),
    isLinkContainer: isOneOf(LINK_CONTAINERS),
    isMapContainer: isOneOf(MAP_CONTAINERS),
    hidesUnclassified: tokens.has('topic/foreign') || tokens.has('topic/unknown'),
    excludedFromText: isOneOf(EXCLUDED_FROM_TEXT),
    defaultFormat: DEFAULT_FORMATS[name] ?? null,
    defaultRole: RESOURCE_ONLY.has(name) ? 'resource-only' : null,
  };
}

const NOTHING: ElementKind = { ...makeKind('', []), classified: false, isPlain: false };
const UNCLASSIFIED: ElementKind = NOTHING;
const FOREIGN: ElementKind = { ...NOTHING, foreign: true };
