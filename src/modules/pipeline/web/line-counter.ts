const LF = 10;
const CR = 13;

/** Lines of ascending offsets in one pass; CRLF, LF or CR end a line (extraction.md, section 4). */
export class LineCounter {
  private offset = 0;
  private line = 1;

  constructor(private readonly text: string) {}

  /** @param offset not below that of the call before. */
  lineAt(offset: number): number {
    for (; this.offset < offset; this.offset++) {
      const code = this.text.charCodeAt(this.offset);
      if (code === LF || (code === CR && this.text.charCodeAt(this.offset + 1) !== LF)) this.line++;
    }
    return this.line;
  }
}
