import type { ExtractionError, ExtractionErrorCode } from '../../../contracts/asset.js';

/** Stops the reading of a document; `line` and `column` are 1-based. */
export class ExtractionFailure extends Error {
  constructor(
    readonly code: ExtractionErrorCode,
    message: string,
    readonly line: number,
    readonly column: number | null,
  ) {
    super(printable(message));
    this.name = 'ExtractionFailure';
  }

  toError(): ExtractionError {
    return { code: this.code, line: this.line, column: this.column, message: this.message };
  }
}

/** Longest message kept: names in hostile files can be megabytes long. */
const MAX_MESSAGE_CHARS = 300;

/** A message fit for a log: control characters become blanks, and its length is bounded. */
function printable(message: string): string {
  const clean = message.replace(/\p{Cc}+/gu, ' ').toWellFormed();
  return clean.length > MAX_MESSAGE_CHARS ? `${clean.slice(0, MAX_MESSAGE_CHARS)}…` : clean;
}

/** Number of line ends (CRLF, LF or CR count once) in `text` before `end`. */
export function lineEndsBefore(text: string, end: number): number {
  let count = 0;
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === 10 || (code === 13 && text.charCodeAt(i + 1) !== 10)) count++;
  }
  return count;
}
