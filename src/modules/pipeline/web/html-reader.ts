import type { Reference } from '../../../contracts/asset.js';
import type { AssetSource } from '../../../contracts/pipeline.js';
import { localReference } from '../local-reference.js';
import { type HtmlMention, styleMentions, tagMentions } from './html-references.js';
import { type HtmlListener, scanHtml, type StartTag } from './html-scanner.js';
import { keyReference } from '../key-reference.js';

/** What HTML says, wherever it stands: in a file of its own or inside Markdown. */
export interface HtmlContent {
  /** `<title>`, else the first `h1`; null when there is neither, or no text in it. */
  title: string | null;
  lang: string | null;
  refs: Reference[];
}

/**
 * Reads HTML (extraction.md, section 10). Never throws for its content.
 * @param firstLine 1-based line of the file on which `html` begins.
 */
export function readHtml(html: string, source: AssetSource, firstLine = 1): HtmlContent {
  const reading = new HtmlReading();
  scanHtml(html, reading);
  reading.end();
  const { base } = reading;
  const refs = reading.mentions.map((mention) => {
    const line = mention.line + firstLine - 1;
    return mention.byKey
      ? keyReference({ ...mention, kind: mention.kind === 'conkeyref' ? 'conkeyref' : 'keyref', line })
      : localReference({ ...mention, line, base }, source);
  });
  return { title: reading.title() ?? reading.heading(), lang: reading.lang, refs };
}

class HtmlReading implements HtmlListener {
  readonly mentions: HtmlMention[] = [];
  base: string | null = null;
  lang: string | null = null;
  private style: { tag: StartTag; text: string } | null = null;
  private readonly titleText = new FirstText('title');
  private readonly headingText = new FirstText('h1');
  private inScript = false;

  startTag(tag: StartTag): void {
    this.endStyle();
    this.inScript = tag.name === 'script';
    if (tag.name === 'html') this.lang ??= tag.attributes.get('lang') ?? null;
    else if (tag.name === 'base') this.base ??= tag.attributes.get('href') ?? null;
    else if (tag.name === 'style') this.style = { tag, text: '' };
    else if (!tag.foreign) {
      this.titleText.open(tag.name);
      this.headingText.open(tag.name);
    }
    for (const mention of tagMentions(tag)) this.mentions.push(mention);
  }

  endTag(name: string): void {
    this.endStyle();
    this.inScript = false;
    this.titleText.close(name);
    this.headingText.close(name);
  }

  text(text: string): void {
    if (this.style) this.style.text += text;
    else if (!this.inScript) {
      this.titleText.add(text);
      this.headingText.add(text);
    }
  }

  title(): string | null {
    return this.titleText.value();
  }

  heading(): string | null {
    return this.headingText.value();
  }

  /** A file may end inside its style sheet; nothing of it is lost. */
  end(): void {
    this.endStyle();
  }

  private endStyle(): void {
    if (!this.style) return;
    for (const mention of styleMentions(this.style.text, this.style.tag)) this.mentions.push(mention);
    this.style = null;
  }
}

/** Text of the first element of a name, up to its end tag. */
class FirstText {
  private state: 'before' | 'inside' | 'done' = 'before';
  private text = '';

  constructor(private readonly element: string) {}

  open(name: string): void {
    if (name === this.element && this.state === 'before') this.state = 'inside';
  }

  add(text: string): void {
    if (this.state === 'inside') this.text += text;
  }

  close(name: string): void {
    if (name === this.element && this.state === 'inside') this.state = 'done';
  }

  value(): string | null {
    return this.text.replace(/\s+/g, ' ').trim() || null;
  }
}
