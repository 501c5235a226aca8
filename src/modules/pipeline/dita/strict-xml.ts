import { SaxesParser } from 'saxes';
import type { ExtractionLimits } from '../../../contracts/pipeline.js';
import { isXmlName, parseDocumentType } from './document-type.js';
import { EntityTable } from './entity-table.js';
import { inlineMarkupEntities } from './markup-entities.js';
import { XmlError } from './xml-error.js';
import { type Attributes, type Begin, emptyProlog, isStandalone, noteModel, type Prolog, type XmlListener } from './xml-events.js';
import { countLineEnds } from './xml-text.js';

/** Ends the first pass over a document whose entities bring markup. */
class MarkupEntitiesFound extends Error {
  constructor(readonly position: number) {
    super('markup entities');
  }
}

/** The document is read by saxes, which decides what is well-formed and tells where it is not. */
export class StrictXml {
  private prolog: Prolog;
  private entities: EntityTable;
  private listener: XmlListener | null = null;
  private depth = 0;
  private readonly place = { line: 1 };
  private inTag = false;
  private hearsText = false;
  private readonly onText = (text: string): void => this.listener?.text(text);
  private inlined = false;
  /** End of the root, before it that of the DOCTYPE: behind it only comments and the like may stand. */
  private outside = 0;

  constructor(
    private readonly limits: ExtractionLimits,
    private readonly begin: Begin,
  ) {
    this.prolog = emptyProlog('');
    this.entities = new EntityTable(null, limits.maxEntityExpansionChars);
  }

  read(text: string): number {
    try {
      this.parse(text);
    } catch (error) {
      if (!(error instanceof MarkupEntitiesFound)) throw error;
      const head = text.slice(0, error.position);
      const body = inlineMarkupEntities(text.slice(error.position), this.entities, 1 + countLineEnds(head));
      this.inlined = true;
      this.parse(head + body);
    }
    return this.entities.unresolved;
  }

  private parse(text: string): void {
    const { documentType } = this.prolog;
    this.prolog = { ...emptyProlog(text), documentType };
    // Seven handlers and no namespaces: with one more of either, V8 makes the parser five times slower.
    const parser = new SaxesParser({ xmlns: false, position: true, defaultXMLVersion: '1.0', forceXMLVersion: true });
    parser.ENTITIES = this.entityLookup(parser);
    parser.on('doctype', (doctype) => this.onDocumentType(doctype, parser, text));
    parser.on('opentagstart', () => this.onTagStart(parser));
    parser.on('opentag', (tag) => {
      this.onOpenTag(tag.name, tag.attributes);
      this.hearText(parser);
    });
    parser.on('closetag', () => {
      if (--this.depth === 0) this.outside = parser.position;
      this.listener?.close();
      this.hearText(parser);
    });
    // Set and unset at once: the parser keeps one shape for V8, whether it hears text or not.
    parser.on('text', this.onText);
    parser.off('text');
    this.hearsText = false;
    parser.on('cdata', (value) => this.listener?.text(value));
    parser.on('processinginstruction', ({ target, body }) => this.onProcessingInstruction(target, body));
    try {
      parser.write(text);
      if (this.depth > 0 && endsInReference(text)) parser.write(';');
      parser.close();
    } catch (error) {
      throw this.located(asXmlError(error, parser.line), text, parser.position);
    }
  }

  /** The parser notices text outside the root, and a bare `&`, only at the next `<` or `;`: tells where they began. */
  private located(error: unknown, text: string, position: number): unknown {
    if (!(error instanceof XmlError) || error.code !== 'NOT_WELL_FORMED') return error;
    let at = -1;
    if (/outside of root/.test(error.message)) at = strayText(text, this.outside);
    // It has read on to the next `;`, perhaps over other references.
    else if (/character entity/.test(error.message)) at = text.indexOf('&#', text.lastIndexOf(';', position - 2) + 1);
    else if (/entity name|undefined entity/.test(error.message)) at = text.lastIndexOf('&', Math.min(position, text.length) - 1);
    return at < 0 ? error : new XmlError(error.code, 1 + countLineEnds(text.slice(0, at)), 1 + at - (text.lastIndexOf('\n', at) + 1), error.message);
  }

  /** Most text is of no interest, and a parser without a handler does not even cut it out. */
  private hearText(parser: SaxesParser): void {
    const wanted = this.listener?.wantsText ?? false;
    if (wanted === this.hearsText) return;
    this.hearsText = wanted;
    if (wanted) parser.on('text', this.onText);
    else parser.off('text');
  }

  private onTagStart(parser: SaxesParser): void {
    // Called when the character behind the name is read: where that is a line end, the line has just gone up.
    this.place.line = parser.columnIndex === 0 ? parser.line - 1 : parser.line;
    this.inTag = true;
  }

  private onOpenTag(name: string, attributes: Attributes): void {
    this.inTag = false;
    if (++this.depth > this.limits.maxElementDepth) {
      throw new XmlError('DEPTH_LIMIT', this.place.line, null, `Elements are nested more than ${this.limits.maxElementDepth} deep.`);
    }
    const defaults = this.prolog.documentType?.attributeDefaults.get(name);
    if (defaults) {
      for (const [attribute, value] of defaults) {
        if (Object.hasOwn(attributes, attribute)) continue;
        attributes[attribute] = this.entities.defaultValue(value, this.place.line);
      }
    }
    this.listener ??= this.begin({ name, attributes }, this.prolog);
    this.listener.open(name, attributes, this.place);
  }

  private onDocumentType(doctype: string, parser: SaxesParser, text: string): void {
    if (this.inlined) return;
    const documentType = parseDocumentType(doctype, isStandalone(text), parser.line - countLineEnds(doctype));
    this.prolog.documentType = documentType;
    // Values may be made of pieces.
    if (documentType.entities.size > 0 || documentType.attributeDefaults.size > 0) this.prolog.mayHaveConrefTargets = true;
    this.outside = parser.position;
    this.entities = new EntityTable(this.prolog.documentType, this.limits.maxEntityExpansionChars);
    if (this.entities.hasMarkup) throw new MarkupEntitiesFound(parser.position);
  }

  private onProcessingInstruction(target: string, body: string): void {
    if (this.listener === null) noteModel(this.prolog, target, body);
  }

  /** The parser looks entities up as properties, and whatever stands between `&` and the next `;`: only of a name can it be said that it is unknown. */
  private entityLookup(parser: SaxesParser): Record<string, string> {
    const lookUp = (name: string): string | undefined => {
      if (isXmlName(name)) return this.entities.resolve(name, this.inTag ? 'attribute' : 'text', parser.line);
      throw new XmlError('NOT_WELL_FORMED', parser.line - countLineEnds(name), null, 'A "&" begins no reference.');
    };
    return new Proxy<Record<string, string>>({}, { get: (_, name) => (typeof name === 'string' ? lookUp(name) : undefined) });
  }
}

/** The document ends with a `&` that is no reference: the parser would read on for its `;`. */
function endsInReference(text: string): boolean {
  const at = text.lastIndexOf('&');
  return at >= 0 && text.indexOf(';', at) < 0;
}

/** Where something else than white space, comments and processing instructions stands, from `start` on; -1 if nowhere. */
function strayText(text: string, start: number): number {
  const misc = /(?:\uFEFF|[ \t\r\n]+|<!--[^]*?-->|<\?[^]*?\?>)*/y;
  misc.lastIndex = start;
  misc.exec(text);
  return misc.lastIndex < text.length ? misc.lastIndex : -1;
}

/** saxes puts `line:column: ` in front of its messages. */
function asXmlError(error: unknown, line: number): unknown {
  if (!(error instanceof Error) || error instanceof XmlError || error instanceof MarkupEntitiesFound) return error;
  const match = /^(?:undefined:)?(\d+):(\d+): ([^]*)$/.exec(error.message);
  if (!match) return new XmlError('NOT_WELL_FORMED', line, null, sentence(error.message));
  return new XmlError('NOT_WELL_FORMED', Number(match[1]), Number(match[2]), sentence(match[3] ?? ''));
}

function sentence(message: string): string {
  // eslint-disable-next-line no-control-regex -- content of the file must not reach a terminal raw
  const clean = message.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ').trim().slice(0, 300);
  const capital = clean.charAt(0).toUpperCase() + clean.slice(1);
  return capital.endsWith('.') ? capital : `${capital}.`;
}
