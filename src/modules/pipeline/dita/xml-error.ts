import type { ExtractionError, ExtractionErrorCode } from '../../../contracts/asset.js';

/** Why reading an XML file stopped. Its text is one clean sentence for users. */
export class XmlError extends Error {
  constructor(
    readonly code: ExtractionErrorCode,
    readonly line: number | null,
    readonly column: number | null,
    message: string,
    /** For ENCODING: what could be decoded before the offending byte. */
    readonly readable: string = '',
  ) {
    super(message);
    this.name = 'XmlError';
  }

  toFact(): ExtractionError {
    return { code: this.code, line: this.line, column: this.column, message: this.message };
  }
}
