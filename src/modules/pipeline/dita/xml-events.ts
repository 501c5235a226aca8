import type { DocumentType } from './document-type.js';

/** An attribute with this value is treated as absent (extraction.md, section 7). */
export const USE_CONREF_TARGET = '-dita-use-conref-target';

export type Attributes = Record<string, string>;

/** Where an element stands; asked for few of them, and counting lines takes time. */
export interface Place {
  /** 1-based line of the `<`. */
  readonly line: number;
}

/** Hears of a document's parts in document order. */
export interface XmlListener {
  /** @param place holds until the next call. */
  open(name: string, attributes: Attributes, place: Place): void;
  close(): void;
  text(text: string): void;
  /** Whether text counts where the document stands now. */
  readonly wantsText: boolean;
}

/** What stands before the root. */
export interface Prolog {
  documentType: DocumentType | null;
  /** `href` values of `xml-model` processing instructions. */
  models: string[];
  /** Some attribute of the document may say `-dita-use-conref-target`. */
  mayHaveConrefTargets: boolean;
}

/** Is asked for the listener when the root's start tag is read; more than once when a document is read anew. */
export type Begin = (root: { name: string; attributes: Attributes }, prolog: Prolog) => XmlListener;

export function emptyProlog(text: string): Prolog {
  return { documentType: null, models: [], mayHaveConrefTargets: text.includes(USE_CONREF_TARGET) };
}

/** The XML declaration says that no external declaration matters. */
export function isStandalone(text: string): boolean {
  return /^<\?xml\s[^>]*\sstandalone\s*=\s*["']yes["']/.test(text.slice(0, 200));
}

/** Notes the `href` of an `xml-model` processing instruction. */
export function noteModel(prolog: Prolog, target: string, body: string): void {
  if (target !== 'xml-model') return;
  const href = /(?:^|\s)href\s*=\s*(?:"([^"]*)"|'([^']*)')/.exec(body);
  if (href) prolog.models.push(href[1] ?? href[2] ?? '');
}
