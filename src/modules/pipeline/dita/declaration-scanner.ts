import { XmlError } from './xml-error.js';
import { countLineEnds } from './xml-text.js';

const NAME = /[A-Za-z_:\u0080-\uffff][-A-Za-z0-9._:\u0080-\uffff]*/y;
const SPACE = /[ \t\r\n]+/y;
const LITERAL = /"([^"]*)"|'([^']*)'/y;
/** XML 1.0, production 13. */
const PUBLIC_ID = /^[- \r\na-zA-Z0-9'()+,./:=?;!*#@$_%]*$/;

/** A position in the text of declarations. */
export class DeclarationScanner {
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

  takeSpace(): boolean {
    return this.match(SPACE) !== null;
  }

  expectSpace(): void {
    if (!this.takeSpace()) throw this.error('A declaration lacks white space.');
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

  /** What stands behind `PUBLIC`: both, in the document type and of entities. Answers the public id. */
  publicIdAndSystemId(): string {
    this.expectSpace();
    const publicId = this.literal();
    if (!PUBLIC_ID.test(publicId)) throw this.error('A public id holds a character that public ids do not have.');
    this.expectSpace();
    this.literal();
    return publicId;
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
