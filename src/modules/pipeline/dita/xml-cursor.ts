export const TAB = 0x09;
export const NEW_LINE = 0x0a;
export const SPACE = 0x20;
export const BANG = 0x21;
export const QUOTE = 0x22;
export const AMPERSAND = 0x26;
export const APOSTROPHE = 0x27;
export const SLASH = 0x2f;
export const LESS = 0x3c;
export const EQUALS = 0x3d;
export const GREATER = 0x3e;
export const QUESTION = 0x3f;

const NAME_START = 1;
const NAME_CHAR = 2;
/** What an ASCII character may be in a name. */
const IN_NAMES = new Uint8Array(128);
for (let code = 0; code < 128; code++) {
  const char = String.fromCharCode(code);
  IN_NAMES[code] = /[A-Za-z_:]/.test(char) ? NAME_START | NAME_CHAR : /[-.0-9]/.test(char) ? NAME_CHAR : 0;
}

/** Behind every position. */
const NOWHERE = Number.MAX_SAFE_INTEGER;


/** The document is not ordinary, or not well-formed: somebody stricter has to read it. */
export class OutOfTheOrdinary extends Error {}

/** A place in a text, and the smallest pieces of XML from there on. Whitespace is that of normalised line ends. */
export class XmlCursor {
  protected at = 0;

  constructor(protected readonly text: string) {}

  /** Ends behind the name. */
  protected name(): string {
    const { text } = this;
    const start = this.at;
    let at = start;
    // What lies behind the table's end is undefined, and so is what lies behind that of the text.
    for (let mask = NAME_START; ((IN_NAMES[text.charCodeAt(at)] ?? 0) & mask) !== 0; at++) mask = NAME_CHAR;
    if (at === start) throw new OutOfTheOrdinary();
    this.at = at;
    return text.slice(start, at);
  }

  protected skipSpace(): void {
    const { text } = this;
    let at = this.at;
    for (let code = text.charCodeAt(at); code === SPACE || code === NEW_LINE || code === TAB; code = text.charCodeAt(at)) at++;
    this.at = at;
  }

  protected expect(code: number): void {
    if (this.text.charCodeAt(this.at) !== code) throw new OutOfTheOrdinary();
    this.at++;
  }

  protected match(sticky: RegExp): RegExpExecArray | null {
    sticky.lastIndex = this.at;
    const found = sticky.exec(this.text);
    if (found !== null) this.at = sticky.lastIndex;
    return found;
  }

  protected find(what: string, from: number): number {
    const found = this.text.indexOf(what, from);
    return found < 0 ? NOWHERE : found;
  }
}
