import { DeclarationScanner } from './declaration-scanner.js';
import { XmlError } from './xml-error.js';

/** Declarations in an internal subset; more are hostile. */
const MAX_DECLARATIONS = 100_000;
/** Parameter entities inside each other. */
const MAX_PARAMETER_DEPTH = 20;
/** Characters of an internal subset with its parameter entities expanded. */
const MAX_SUBSET_CHARS = 4 * 1024 * 1024;

/** What a DOCTYPE says (extraction.md, section 4). Nothing external is ever opened. */
export interface DocumentType {
  publicId: string | null;
  hasExternalId: boolean;
  /** Replacement text of internal general entities; null for external ones, which contribute nothing. */
  entities: Map<string, string | null>;
  /** Names of external entities that are no XML (`NDATA`): nothing may refer to them. */
  unparsed: Set<string>;
  /** Default values of attributes, by element. */
  attributeDefaults: Map<string, [name: string, value: string][]>;
}

/** A whole text that is a name (XML 1.0, productions 4 and 5). */
const WHOLE_NAME =
  /^[:A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\u{10000}-\u{effff}][-.0-9:A-Z_a-z\u00b7\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u037d\u037f-\u1fff\u200c\u200d\u203f\u2040\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\u{10000}-\u{effff}]*$/u;
const BARE_AMPERSAND = /&(?!#x[0-9a-fA-F]+;|#[0-9]+;|[A-Za-z_:\u0080-\uffff][-A-Za-z0-9._:\u0080-\uffff]*;)/;

/**
 * Reads the text between `<!DOCTYPE` and its `>`.
 * @param line 1-based line where `text` begins, for errors.
 * @throws XmlError NOT_WELL_FORMED or ENTITY_LIMIT
 */
export function parseDocumentType(text: string, standalone: boolean, line: number): DocumentType {
  return new DocumentTypeReader(text, standalone, line).read();
}

class DocumentTypeReader {
  private readonly result: DocumentType = { publicId: null, hasExternalId: false, entities: new Map(), unparsed: new Set(), attributeDefaults: new Map() };
  private readonly parameters = new Map<string, string | null>();
  private declarations = 0;
  private expandedChars = 0;
  /** After a reference to an external parameter entity, later declarations do not count (XML 1.0, 5.1). */
  private ignoring = false;

  constructor(
    private readonly text: string,
    private readonly standalone: boolean,
    private readonly line: number,
  ) {}

  read(): DocumentType {
    const scan = new DeclarationScanner(this.text, this.line, true);
    scan.expectSpace();
    scan.name();
    if (scan.takeSpace()) this.externalId(scan);
    scan.space();
    if (scan.take('[')) {
      const end = this.text.lastIndexOf(']');
      if (end < scan.position) throw scan.error('The internal subset has no end.');
      this.subset(new DeclarationScanner(this.text.slice(scan.position, end), scan.line, true), 0);
      scan.position = end + 1;
      scan.space();
    }
    if (!scan.atEnd) throw scan.error('The DOCTYPE holds something that does not belong there.');
    return this.result;
  }

  private externalId(scan: DeclarationScanner): void {
    if (scan.take('PUBLIC')) {
      this.result.publicId = scan.publicIdAndSystemId();
      this.result.hasExternalId = true;
    } else if (scan.take('SYSTEM')) {
      scan.expectSpace();
      scan.literal();
      this.result.hasExternalId = true;
    }
  }

  private subset(scan: DeclarationScanner, depth: number): void {
    this.expandedChars += scan.length;
    if (depth > MAX_PARAMETER_DEPTH || this.expandedChars > MAX_SUBSET_CHARS) {
      throw new XmlError('ENTITY_LIMIT', scan.line, null, 'The parameter entities of the DOCTYPE expand too far.');
    }
    for (scan.space(); !scan.atEnd; scan.space()) {
      if (++this.declarations > MAX_DECLARATIONS) throw new XmlError('ENTITY_LIMIT', scan.line, null, 'The DOCTYPE has too many declarations.');
      if (scan.take('%')) this.parameterReference(scan, depth);
      else if (scan.take('<!--')) scan.skipPast('-->');
      else if (scan.take('<?')) scan.skipPast('?>');
      else if (scan.take('<!ENTITY')) this.entity(scan);
      else if (scan.take('<!ATTLIST')) this.attributeList(scan);
      else if (scan.take('<!ELEMENT') || scan.take('<!NOTATION')) this.otherDeclaration(scan);
      else throw scan.error('The internal subset holds something that is no declaration.');
    }
  }

  private parameterReference(scan: DeclarationScanner, depth: number): void {
    const name = scan.name();
    scan.expect(';');
    const value = this.parameters.get(name);
    if (value === undefined || value === null) {
      if (!this.standalone) this.ignoring = true;
      return;
    }
    this.subset(new DeclarationScanner(value, scan.line, false), depth + 1);
  }

  /** Of content models and notations nothing is learned: a name and something behind it. */
  private otherDeclaration(scan: DeclarationScanner): void {
    scan.expectSpace();
    scan.name();
    scan.expectSpace();
    if (scan.at('>')) throw scan.error('A declaration says nothing.');
    scan.skipDeclaration();
  }

  private entity(scan: DeclarationScanner): void {
    scan.expectSpace();
    const isParameter = scan.take('%');
    if (isParameter) scan.expectSpace();
    const name = scan.name();
    scan.expectSpace();
    const value = this.entityValue(scan);
    scan.space();
    const isUnparsed = value === null && !isParameter && scan.take('NDATA');
    if (isUnparsed) {
      scan.expectSpace();
      scan.name();
      scan.space();
    }
    scan.expect('>');
    if (this.ignoring) return;
    // The first declaration of a name is the one that counts.
    const table = isParameter ? this.parameters : this.result.entities;
    if (table.has(name)) return;
    table.set(name, value);
    if (isUnparsed) this.result.unparsed.add(name);
  }

  private entityValue(scan: DeclarationScanner): string | null {
    if (scan.take('SYSTEM')) {
      scan.expectSpace();
      scan.literal();
      return null;
    }
    if (scan.take('PUBLIC')) {
      scan.publicIdAndSystemId();
      return null;
    }
    const literal = scan.literal();
    if (BARE_AMPERSAND.test(literal)) throw scan.error('The value of an entity holds a "&" that begins no reference.');
    // Inside a declaration of the file itself a parameter entity may not be referred to (XML 1.0, 2.8).
    if (scan.isFile && literal.includes('%')) throw scan.error('The value of an entity holds a "%".');
    return expandCharacterReferences(literal, scan);
  }

  private attributeList(scan: DeclarationScanner): void {
    scan.expectSpace();
    const element = scan.name();
    for (scan.space(); !scan.take('>'); scan.space()) {
      const name = scan.name();
      scan.expectSpace();
      scan.attributeType();
      scan.expectSpace();
      const value = scan.attributeDefault();
      if (value === null || this.ignoring) continue;
      const defaults = this.result.attributeDefaults.get(element) ?? [];
      if (!defaults.some(([known]) => known === name)) defaults.push([name, value.replace(/[ \t\r\n]/g, ' ')]);
      this.result.attributeDefaults.set(element, defaults);
    }
  }
}

/** `&#65;` and `&#x41;` are replaced when an entity is declared; `&name;` stays for later. */
function expandCharacterReferences(literal: string, scan: DeclarationScanner): string {
  return literal.replace(/\r\n?/g, '\n').replace(/&#(?:x([0-9a-fA-F]+)|([0-9]+));/g, (reference: string, hex?: string, decimal?: string) => {
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    if (!isXmlCharacter(code)) throw scan.error(`The character reference ${reference.slice(0, 20)} names no character of XML.`);
    return String.fromCodePoint(code);
  });
}

export function isXmlName(text: string): boolean {
  return WHOLE_NAME.test(text);
}

export function isXmlCharacter(code: number): boolean {
  return code === 9 || code === 10 || code === 13 || (code >= 0x20 && code <= 0xd7ff) || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff);
}
