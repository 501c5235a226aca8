import type { Readable } from 'node:stream';
import { GuidesError } from '../../contracts/errors.js';

/** A file of a source. Valid until the source is closed. */
export interface SourceFile {
  kind: 'file';
  /** Below the source's root, separated by `/`; never leaves it, valid Unicode without control characters. */
  relativePath: string;
  /** As the source declares it; what is read may differ where the source changes meanwhile. */
  sizeBytes: number;
  modifiedAtMs: number;
  /** The content: whole where it is small, else a stream. May be called again. @throws SourceReadError, also from the stream. */
  read(): Promise<Uint8Array | Readable>;
}

export interface SourceFolder {
  kind: 'folder';
  relativePath: string;
}

/** What a source does not hand out. */
export interface RefusedEntry {
  kind: 'refused';
  /** For people: what cannot be shown is escaped. */
  name: string;
  /** Ends the sentence "<name> …". */
  reason: string;
}

export type SourceEntry = SourceFile | SourceFolder | RefusedEntry;

/** A tree of files to be imported: a folder on disk or a ZIP archive. Reads as it goes, never lists all in memory. */
export interface ContentSource {
  /** What stands below the root, folders before their content. May be walked more than once. @throws ContentSourceError */
  entries(): AsyncIterable<SourceEntry>;
  close(): Promise<void>;
}

/** The source as a whole cannot be used; the message is one sentence that names it. */
export class ContentSourceError extends GuidesError {
  readonly code = 'CONTENT_SOURCE';
}

/** One file cannot be read; the others can. */
export class SourceReadError extends GuidesError {
  readonly code = 'SOURCE_READ';
  constructor(
    /** Ends the sentence "<name> …". */
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`The file ${reason}.`, options);
  }
}

/** Files up to this size are read in one go; larger ones are streamed. */
export const MAX_WHOLE_READ_BYTES = 64 * 1024;
