import type { ExtractionLimits } from '../../../contracts/pipeline.js';
import { parseDocumentType } from './document-type.js';
import { EntityTable } from './entity-table.js';
import { XmlError } from './xml-error.js';
import { AMPERSAND, APOSTROPHE, BANG, EQUALS, GREATER, LESS, NEW_LINE, OutOfTheOrdinary, QUESTION, QUOTE, SLASH, SPACE, TAB, XmlCursor } from './xml-cursor.js';
import { type Attributes, type Begin, emptyProlog, isStandalone, noteModel, type Place, type Prolog, type XmlListener } from './xml-events.js';
import { replaceReferences } from './xml-references.js';

// eslint-disable-next-line no-control-regex -- characters that XML 1.0 forbids are what this looks for
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const DECLARATION =
  /<\?xml[ \t\n]+version[ \t\n]*=[ \t\n]*(?:"1\.0"|'1\.0')(?:[ \t\n]+encoding[ \t\n]*=[ \t\n]*(?:"[A-Za-z][\w.-]*"|'[A-Za-z][\w.-]*'))?(?:[ \t\n]+standalone[ \t\n]*=[ \t\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\n]*\?>/y;
/** Without an internal subset. */
const DOCTYPE = /<!DOCTYPE([ \t\n](?:[^"'[\]<>]|"[^"]*"|'[^']*'){0,1000})>/y;
const INSTRUCTION_TARGET = /[A-Za-z_][\w.-]*/y;

const NO_ATTRIBUTES: Attributes = Object.freeze({});
/**
 * Reads a document as nearly all are: XML 1.0, names in ASCII, no declarations of its own. It accepts nothing that saxes refuses
 * and tells the listener the same, several times as fast: it looks for the next `<` instead of at every character.
 * @returns how many entity references in text stayed unresolved, or null where the document must be read by somebody stricter,
 * who begins with a new listener.
 */
export function scanOrdinaryXml(text: string, limits: ExtractionLimits, begin: Begin): number | null {
  if (FORBIDDEN.test(text)) return null;
  try {
    return new Scan(text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text, limits, begin).run();
  } catch (error) {
    if (error instanceof OutOfTheOrdinary || error instanceof XmlError) return null;
    throw error;
  }
}

class Scan extends XmlCursor implements Place {
  private tagStart = 0;
  private readonly open: string[] = [];
  private listener: XmlListener | null = null;
  private readonly prolog: Prolog;
  private entities: EntityTable;
  /** The next `&` and the next `]]>` that are not behind us. */
  private nextReference: number;
  private nextSectionEnd: number;
  private countedTo = 0;
  private countedLines = 1;

  constructor(
    text: string,
    private readonly limits: ExtractionLimits,
    private readonly begin: Begin,
  ) {
    super(text);
    this.prolog = emptyProlog(text);
    this.entities = new EntityTable(null, limits.maxEntityExpansionChars);
    this.nextReference = this.find('&', 0);
    this.nextSectionEnd = this.find(']]>', 0);
  }

  run(): number {
    this.beforeRoot();
    this.startTag();
    while (this.open.length > 0) this.content();
    this.outsideRoot();
    if (this.at < this.text.length) throw new OutOfTheOrdinary();
    return this.entities.unresolved;
  }

  /** Line of the last start tag. */
  get line(): number {
    for (let end = this.text.indexOf('\n', this.countedTo); end >= 0 && end < this.tagStart; end = this.text.indexOf('\n', end + 1)) {
      this.countedTo = end + 1;
      this.countedLines++;
    }
    return this.countedLines;
  }

  /** Ends behind the `<` of the root. */
  private beforeRoot(): void {
    if (this.text.startsWith('<?xml')) {
      if (this.match(DECLARATION) === null) this.instructionTargetAt(2);
    }
    this.outsideRoot();
    const doctype = this.match(DOCTYPE)?.[1];
    if (doctype !== undefined) {
      this.prolog.documentType = parseDocumentType(doctype, isStandalone(this.text), 1);
      this.entities = new EntityTable(this.prolog.documentType, this.limits.maxEntityExpansionChars);
      this.outsideRoot();
    }
    this.expect(LESS);
  }

  /** `<?xml-model …?>` may begin a document without a declaration; `<?xml …?>` in an unusual form may not. */
  private instructionTargetAt(position: number): void {
    INSTRUCTION_TARGET.lastIndex = position;
    if (INSTRUCTION_TARGET.exec(this.text)?.[0] === 'xml') throw new OutOfTheOrdinary();
  }

  /** White space, comments and processing instructions. */
  private outsideRoot(): void {
    for (;;) {
      this.skipSpace();
      const { text, at } = this;
      if (text.charCodeAt(at) !== LESS) return;
      const code = text.charCodeAt(at + 1);
      if (code === QUESTION) this.instruction();
      else if (code === BANG && text.startsWith('--', at + 2)) this.comment();
      else return;
    }
  }

  /** Text, and the markup behind it. */
  private content(): void {
    const { text } = this;
    const less = text.indexOf('<', this.at);
    if (less < 0) throw new OutOfTheOrdinary();
    if (less > this.at) this.characters(less);
    this.at = less;
    const code = text.charCodeAt(less + 1);
    if (code === SLASH) this.endTag();
    else if (code === QUESTION) this.instruction();
    else if (code !== BANG) {
      this.at = less + 1;
      this.startTag();
    } else if (text.startsWith('--', less + 2)) this.comment();
    else this.section();
  }

  private characters(end: number): void {
    const start = this.at;
    if (this.nextSectionEnd < start) this.nextSectionEnd = this.find(']]>', start);
    if (this.nextSectionEnd < end) throw new OutOfTheOrdinary();
    const { listener } = this;
    if (this.refersBefore(start, end)) {
      const text = replaceReferences(this.text, start, end, 'text', this.entities);
      if (text !== '' && listener?.wantsText) listener.text(text);
    } else if (listener?.wantsText) listener.text(this.text.slice(start, end));
  }

  /** Begins behind the `<`. */
  private startTag(): void {
    const { text } = this;
    const start = this.at;
    this.tagStart = start - 1;
    const name = this.name();
    let attributes = NO_ATTRIBUTES;
    let code = text.charCodeAt(this.at);
    while (code === SPACE || code === NEW_LINE || code === TAB) {
      this.skipSpace();
      code = text.charCodeAt(this.at);
      if (code === GREATER || code === SLASH) break;
      if (attributes === NO_ATTRIBUTES) attributes = {};
      this.attribute(attributes);
      code = text.charCodeAt(this.at);
    }
    if (code === SLASH) this.at++;
    this.expect(GREATER);
    if (this.open.length >= this.limits.maxElementDepth) throw new OutOfTheOrdinary();
    this.listener ??= this.begin({ name, attributes }, this.prolog);
    this.listener.open(name, attributes, this);
    if (code === SLASH) this.listener.close();
    else this.open.push(name);
  }

  private attribute(attributes: Attributes): void {
    const { text } = this;
    const name = this.name();
    // Twice, or a name that every object has.
    if (attributes[name] !== undefined) throw new OutOfTheOrdinary();
    if (text.charCodeAt(this.at) !== EQUALS) this.skipSpace();
    this.expect(EQUALS);
    let quote = text.charCodeAt(this.at);
    if (quote !== QUOTE && quote !== APOSTROPHE) {
      this.skipSpace();
      quote = text.charCodeAt(this.at);
      if (quote !== QUOTE && quote !== APOSTROPHE) throw new OutOfTheOrdinary();
    }
    attributes[name] = this.attributeValue(this.at + 1, quote);
  }

  private attributeValue(start: number, quote: number): string {
    const { text } = this;
    let isLiteral = true;
    let end = start;
    for (let code = text.charCodeAt(end); code !== quote; code = text.charCodeAt(++end)) {
      if (code <= LESS) {
        if (code === LESS) throw new OutOfTheOrdinary();
        if (code === AMPERSAND || code < SPACE) isLiteral = false;
      } else if (code !== code) throw new OutOfTheOrdinary();
    }
    this.at = end + 1;
    return isLiteral ? text.slice(start, end) : replaceReferences(this.text, start, end, 'attribute', this.entities);
  }

  private endTag(): void {
    const { text } = this;
    const name = this.open.pop() ?? '';
    const start = this.at + 2;
    this.at = start + name.length;
    if (!text.startsWith(name, start)) throw new OutOfTheOrdinary();
    if (text.charCodeAt(this.at) !== GREATER) this.skipSpace();
    this.expect(GREATER);
    this.listener?.close();
  }

  private comment(): void {
    const end = this.text.indexOf('--', this.at + 4);
    if (end < 0) throw new OutOfTheOrdinary();
    this.at = end + 2;
    this.expect(GREATER);
  }

  /** `<![CDATA[`: what else begins with `<!` does not belong here. */
  private section(): void {
    const start = this.at + '<![CDATA['.length;
    const end = this.text.indexOf(']]>', start);
    if (end < 0 || !this.text.startsWith('[CDATA[', this.at + 2)) throw new OutOfTheOrdinary();
    this.at = end + 3;
    this.listener?.text(this.text.slice(start, end));
  }

  private instruction(): void {
    this.at += 2;
    const target = this.match(INSTRUCTION_TARGET)?.[0];
    if (target === undefined || target.toLowerCase() === 'xml') throw new OutOfTheOrdinary();
    const start = this.at;
    const end = this.text.indexOf('?>', start);
    if (end < 0) throw new OutOfTheOrdinary();
    this.skipSpace();
    if (this.at === start && end > start) throw new OutOfTheOrdinary();
    if (this.listener === null) noteModel(this.prolog, target, this.text.slice(start, end));
    this.at = end + 2;
  }

  private refersBefore(start: number, end: number): boolean {
    if (this.nextReference < start) this.nextReference = this.find('&', start);
    return this.nextReference < end;
  }

}
