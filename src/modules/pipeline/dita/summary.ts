import type { Frame } from './frame.js';
import type { PendingKey } from './pending-key.js';

interface CaptureOptions {
  /** Subtrees that are no part of titles and the like are left out. */
  leavesOut: boolean;
  /** Put between pieces of text. */
  glue: string;
}

/** Text of an element that is being collected. */
interface Capture extends CaptureOptions {
  /** Depth of the element. */
  depth: number;
  /** Depth of an open subtree that is left out, 0 when there is none. */
  excludedFrom: number;
  text: string;
  done: (text: string) => void;
}

/** In order of preference; with a `@class` of its own, the text of a link in a map is map/linktext alone. */
const KEY_TEXT_TOKENS: readonly (readonly string[])[] = [['map/keytext', 'topic/keytext'], [], ['map/linktext', 'topic/linktext'], ['topic/navtitle']];

/** Summary fields of a DITA file: title, shortdesc, authors, keywords and the text of keys (extraction.md, section 6). */
export class Summary {
  /** Texts in the order of the start tags; '' for what is empty or still open. */
  private readonly authorTexts: string[] = [];
  private readonly keywordTexts: string[] = [];
  private mapTitle: string | null = null;
  private mainBookTitle: string | null = null;
  private topicTitle: string | null = null;
  private ownShortdesc: string | null = null;
  private abstractShortdesc: string | null = null;
  private titleSeen = false;
  private shortdescSeen = false;
  private abstract: 'none' | 'open' | 'seen' = 'none';
  private abstractDepth = 0;
  private abstractShortdescSeen = false;
  private mainBookTitleSeen = false;
  /** The booktitle that is the title of the map is open. */
  private inBookTitle = false;
  private rootMetaSeen = false;
  private firstTopic: Frame | null = null;
  private firstTopicSeen = false;
  private readonly captures: Capture[] = [];

  constructor(
    private readonly isMap: boolean,
    private readonly rootTitle: string | null,
  ) {}

  get title(): string | null {
    if (!this.isMap) return this.topicTitle;
    return this.mainBookTitle || this.mapTitle || (this.rootTitle === null ? null : collapse(this.rootTitle) || null);
  }

  get authors(): string[] {
    return this.authorTexts.filter((text) => text !== '');
  }

  get keywords(): string[] {
    return this.keywordTexts.filter((text) => text !== '');
  }

  get shortdesc(): string | null {
    return (this.shortdescSeen ? this.ownShortdesc : this.abstractShortdesc) || null;
  }

  /** Some text is being collected. */
  get isCollecting(): boolean {
    return this.captures.length > 0;
  }

  open(frame: Frame, parent: Frame | null, depth: number): void {
    if (frame.kind.excludedFromText) {
      for (const capture of this.captures) {
        if (capture.leavesOut && capture.excludedFrom === 0) capture.excludedFrom = depth;
      }
    }
    const { tokens } = frame.kind;
    if (tokens.size === 0 || this.isOfNoInterest(frame, parent)) return;
    if (!this.firstTopicSeen && frame.kind.isTopic && !this.isMap) {
      this.firstTopic = frame;
      this.firstTopicSeen = true;
    } else if (parent !== null && parent === this.firstTopic) this.childOfFirstTopic(frame, depth);
    else if (this.isMap && depth === 2) this.childOfMap(frame, depth);
    if (this.abstract === 'open' && !this.abstractShortdescSeen && tokens.has('topic/shortdesc')) {
      this.abstractShortdescSeen = true;
      this.capture(depth, (text) => (this.abstractShortdesc = text));
    }
    if (this.inBookTitle && !this.mainBookTitleSeen && tokens.has('bookmap/mainbooktitle')) {
      this.mainBookTitleSeen = true;
      this.capture(depth, (text) => (this.mainBookTitle = text));
    }
    if (frame.inMetadata) this.metadata(frame, parent, depth);
    if (frame.keyMeta) this.keyText(frame.keyMeta, frame, parent, depth);
  }

  /** Content of a topic that no summary field is made of: what most elements are. */
  private isOfNoInterest(frame: Frame, parent: Frame | null): boolean {
    return this.firstTopicSeen && !this.isMap && parent !== this.firstTopic && this.abstract !== 'open' && !frame.inMetadata && frame.keyMeta === null;
  }

  text(text: string): void {
    for (const capture of this.captures) {
      if (capture.excludedFrom === 0) capture.text += capture.text === '' ? text : capture.glue + text;
    }
  }

  close(depth: number): void {
    for (let i = this.captures.length - 1; i >= 0; i--) {
      const capture = this.captures[i];
      if (capture === undefined) continue;
      if (capture.excludedFrom === depth) capture.excludedFrom = 0;
      if (capture.depth !== depth) continue;
      this.captures.splice(i, 1);
      capture.done(collapse(capture.text));
    }
    if (this.abstract === 'open' && depth === this.abstractDepth) this.abstract = 'seen';
    if (depth === 2) this.inBookTitle = false;
  }

  private childOfFirstTopic(frame: Frame, depth: number): void {
    const { tokens } = frame.kind;
    if (tokens.has('topic/title') && !this.titleSeen) {
      this.titleSeen = true;
      this.capture(depth, (text) => (this.topicTitle = text || null));
    } else if (tokens.has('topic/shortdesc') && !this.shortdescSeen) {
      this.shortdescSeen = true;
      this.capture(depth, (text) => (this.ownShortdesc = text));
    } else if (tokens.has('topic/abstract') && this.abstract === 'none') {
      this.abstract = 'open';
      this.abstractDepth = depth;
    } else if (tokens.has('topic/prolog')) frame.inMetadata = true;
  }

  private childOfMap(frame: Frame, depth: number): void {
    const { tokens } = frame.kind;
    if (tokens.has('topic/title') && !this.titleSeen) {
      this.titleSeen = true;
      this.inBookTitle = tokens.has('bookmap/booktitle');
      this.capture(depth, (text) => (this.mapTitle = text));
    } else if (frame.kind.isTopicmeta) {
      frame.inMetadata = true;
      this.rootMetaSeen = true;
    }
  }

  private metadata(frame: Frame, parent: Frame | null, depth: number): void {
    const { tokens } = frame.kind;
    if (tokens.has('topic/author')) {
      // Nothing is left out of names, and the pieces of an address are set apart.
      const glue = tokens.has('xnal-d/authorinformation') ? ' ' : '';
      this.captureInto(this.authorTexts, depth, { leavesOut: false, glue });
    } else if (tokens.has('topic/keyword') && parent?.kind.tokens.has('topic/keywords')) {
      this.captureInto(this.keywordTexts, depth);
    } else if (this.rootMetaSeen && depth === 3 && (tokens.has('map/shortdesc') || tokens.has('topic/shortdesc')) && !this.shortdescSeen) {
      this.shortdescSeen = true;
      this.capture(depth, (text) => (this.ownShortdesc = text));
    }
  }

  private keyText(key: PendingKey, frame: Frame, parent: Frame | null, depth: number): void {
    const { tokens } = frame.kind;
    const isKeyword = tokens.has('topic/keyword') && (parent?.kind.tokens.has('topic/keywords') ?? false);
    const place = isKeyword ? 1 : KEY_TEXT_TOKENS.findIndex((candidates) => candidates.some((token) => tokens.has(token)));
    if (place < 0 || key.texts[place] !== null) return;
    key.texts[place] = '';
    this.capture(depth, (text) => {
      key.texts[place] = text;
      key.definition.text = key.texts.find((candidate) => candidate) ?? null;
    });
  }

  /** Its place is that of the start tag: what is inside of it comes behind it. */
  private captureInto(texts: string[], depth: number, options?: CaptureOptions): void {
    const place = texts.push('') - 1;
    this.capture(depth, (text) => (texts[place] = text), options);
  }

  private capture(depth: number, done: (text: string) => void, options: CaptureOptions = { leavesOut: true, glue: '' }): void {
    this.captures.push({ depth, excludedFrom: 0, text: '', done, ...options });
  }
}

/** White space that collapsing would change. */
const LOOSE_SPACE = /[\t\r\n]| {2}|^ | $/;

/** XML white space collapsed and trimmed; U+00A0 stays. */
export function collapse(text: string): string {
  if (!LOOSE_SPACE.test(text)) return text;
  return text.replace(/[ \t\r\n]+/g, ' ').replace(/^ | $/g, '');
}
