import { parse } from 'yaml';

export interface FrontMatter {
  title: string | null;
  authors: string[];
  /** Offset behind the closing line; 0 when there is no front matter. */
  endOffset: number;
  /** Lines that the front matter takes. */
  lineCount: number;
}

const FENCE = /^---[ \t]*$/;

/** Reads YAML between two `---` lines at the very beginning (extraction.md, section 10). What is not valid YAML says nothing. */
export function readFrontMatter(markdown: string): FrontMatter {
  const lines = new LineReader(markdown);
  const none: FrontMatter = { title: null, authors: [], endOffset: 0, lineCount: 0 };
  if (!FENCE.test(lines.next() ?? '')) return none;
  const start = lines.offset;
  for (let count = 2; ; count++) {
    const end = lines.offset;
    const line = lines.next();
    if (line === null) return none;
    if (!FENCE.test(line)) continue;
    return { ...fields(markdown.slice(start, end)), endOffset: lines.offset, lineCount: count };
  }
}

function fields(yaml: string): { title: string | null; authors: string[] } {
  const values = parseMapping(yaml);
  const title = text(values['title']) ?? text(values['$title']);
  const author = values['author'];
  const authors = (Array.isArray(author) ? author : [author]).map(text).filter((name) => name !== null);
  return { title, authors };
}

function parseMapping(yaml: string): Record<string, unknown> {
  try {
    const value: unknown = parse(yaml, { logLevel: 'silent', uniqueKeys: false, maxAliasCount: 10, schema: 'failsafe' });
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}

/** Scalars only: the failsafe schema leaves numbers and dates as they are written. */
function text(value: unknown): string | null {
  return typeof value === 'string' ? value.replace(/\s+/g, ' ').trim() || null : null;
}

/** Lines without their ends, one at a time. */
class LineReader {
  offset = 0;
  private readonly lineEnd = /\r\n|\n|\r/g;

  constructor(private readonly text: string) {}

  next(): string | null {
    if (this.offset >= this.text.length) return null;
    this.lineEnd.lastIndex = this.offset;
    const match = this.lineEnd.exec(this.text);
    const end = match ? match.index : this.text.length;
    const line = this.text.slice(this.offset, end);
    this.offset = match ? end + match[0].length : end;
    return line;
  }
}
