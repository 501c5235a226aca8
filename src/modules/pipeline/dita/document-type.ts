import { XmlError } from './xml-error.js';
import { countLineEnds } from './xml-text.js';

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

/** A whole text that is a name. */
const WHOLE_NAME = /^[A-Za-z_:\u0080-\uffff][-A-Za-z0-9._:\u0080-\uffff]*$/;
const NAME = /[A-Za-z_:\u0080-\uffff][-A-Za-z0-9._:\u0080-\uffff]*/y;
const SPACE = /[ \t\r\n]+/y;
const LITERAL = /"([^"]*)"|'([^']*)'/y;
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
    const scan = new Scanner(this.text, this.line, true);
    scan.space();
    scan.name();
    scan.space();
    this.externalId(scan);
    scan.space();
    if (scan.take('[')) {
      const end = this.text.lastIndexOf(']');
      if (end < scan.position) throw scan.error('The internal subset has no end.');
      this.subset(new Scanner(this.text.slice(scan.position, end), scan.line, true), 0);
    }
    return this.result;
  }

  private externalId(scan: Scanner): void {
    if (scan.take('PUBLIC')) {
      scan.space();
      this.result.publicId = scan.literal();
      scan.space();
      if (scan.at('"') || scan.at("'")) scan.literal();
      this.result.hasExternalId = true;
    } else if (scan.take('SYSTEM')) {
      scan.space();
      scan.literal();
      this.result.hasExternalId = true;
    }
  }

  private subset(scan: Scanner, depth: number): void {
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
      else if (scan.take('<!ELEMENT') || scan.take('<!NOTATION')) scan.skipDeclaration();
      else throw scan.error('The internal subset holds something that is no declaration.');
    }
  }

  private parameterReference(scan: Scanner, depth: number): void {
    const name = scan.name();
    scan.expect(';');
    const value = this.parameters.get(name);
    if (value === undefined || value === null) {
      if (!this.standalone) this.ignoring = true;
      return;
    }
    this.subset(new Scanner(value, scan.line, false), depth + 1);
  }

  private entity(scan: Scanner): void {
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

  private entityValue(scan: Scanner): string | null {
    if (scan.take('SYSTEM')) {
      scan.expectSpace();
      scan.literal();
      return null;
    }
    if (scan.take('PUBLIC')) {
      scan.expectSpace();
      scan.literal();
      scan.expectSpace();
      scan.literal();
      return null;
    }
    const literal = scan.literal();
    if (BARE_AMPERSAND.test(literal)) throw scan.error('The value of an entity holds a "&" that begins no reference.');
    // Inside a declaration of the file itself a parameter entity may not be referred to (XML 1.0, 2.8).
    if (scan.isFile && literal.includes('%')) throw scan.error('The value of an entity holds a "%".');
    return expandCharacterReferences(literal, scan);
  }

  private attributeList(scan: Scanner): void {
    scan.expectSpace();
    const element = scan.name();
    for (scan.space(); !scan.take('>'); scan.space()) {
      const name = scan.name();
      scan.expectSpace();
      scan.attributeType();
      scan.space();
      const value = scan.attributeDefault();
      if (value === null || this.ignoring) continue;
      const defaults = this.result.attributeDefaults.get(element) ?? [];
      if (!defaults.some(([known]) => known === name)) defaults.push([name, value.replace(/[ \t\r\n]/g, ' ')]);
      this.result.attributeDefaults.set(element, defaults);
    }
  }
}

/** `&#65;` and `&#x41;` are replaced when an entity is declared; `&name;` stays for later. */
function expandCharacterReferences(literal: string, scan: Scanner): string {
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

/** A position in the text of declarations. */
class Scanner {
  position = 0;

  /** @param isFile the text stands in the file so, line ends included; replacement text does not. */
  constructor(
    private readonly text: string,
    private readonly firstLine: number,
    readonly isFile: boolean,
  ) {}

  get length(): number {
    return this.text.length;
  }

  get line(): number {
    return this.isFile ? this.firstLine + countLineEnds(this.text.slice(0, this.position)) : this.firstLine;
  }

  get atEnd(): boolean {
    return this.position >= this.text.length;
  }

  at(text: string): boolean {
    return this.text.startsWith(text, this.position);
  }

  take(text: string): boolean {
    if (!this.at(text)) return false;
    this.position += text.length;
    return true;
  }

  expect(text: string): void {
    if (!this.take(text)) throw this.error(`A declaration lacks "${text}".`);
  }

  space(): void {
    this.match(SPACE);
  }

  expectSpace(): void {
    if (this.match(SPACE) === null) throw this.error('A declaration lacks white space.');
  }

  name(): string {
    const match = this.match(NAME);
    if (match === null) throw this.error('A declaration lacks a name.');
    return match[0];
  }

  literal(): string {
    const match = this.match(LITERAL);
    if (match === null) throw this.error('A declaration lacks a quoted value.');
    return match[1] ?? match[2] ?? '';
  }

  skipPast(end: string): void {
    const at = this.text.indexOf(end, this.position);
    if (at < 0) throw this.error(`"${end}" is missing.`);
    this.position = at + end.length;
  }

  /** To the end of a declaration; quoted text may hold `>`. */
  skipDeclaration(): void {
    while (!this.take('>')) {
      if (this.atEnd) throw this.error('A declaration has no end.');
      if (this.at('"') || this.at("'")) this.literal();
      else this.position++;
    }
  }

  attributeType(): void {
    if (this.take('NOTATION')) this.space();
    if (this.take('(')) this.skipPast(')');
    else this.name();
  }

  /** The default value, or null for #REQUIRED and #IMPLIED. */
  attributeDefault(): string | null {
    if (this.take('#REQUIRED') || this.take('#IMPLIED')) return null;
    if (this.take('#FIXED')) this.expectSpace();
    return this.literal();
  }

  error(message: string): XmlError {
    return new XmlError('NOT_WELL_FORMED', this.line, null, message);
  }

  private match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.position;
    const match = pattern.exec(this.text);
    if (match) this.position += match[0].length;
    return match;
  }
}
