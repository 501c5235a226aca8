import type { StoredReference } from '../../contracts/asset-records.js';
import { InvalidRequestError } from '../../contracts/errors.js';

/** Where the next page begins, as a text that callers hand back as it is. Positions are keys, never offsets. */
type Position = readonly (string | number)[];

export const outgoingCursor = ({ ordinal }: StoredReference): string => write([ordinal + 1]);
export const incomingCursor = ({ sourceId, ordinal }: StoredReference): string => write([sourceId, ordinal]);
export const brokenCursor = ({ sourcePath, ordinal }: StoredReference): string => write([sourcePath, ordinal]);

/** @throws InvalidRequestError, as the others do */
export function readOutgoingCursor(text: string): number {
  const [ordinal] = read(text);
  return whole(ordinal);
}

export function readIncomingCursor(text: string): { sourceId: number; ordinal: number } {
  const [sourceId, ordinal] = read(text);
  return { sourceId: whole(sourceId), ordinal: whole(ordinal) };
}

export function readBrokenCursor(text: string): { path: string; ordinal: number } {
  const [path, ordinal] = read(text);
  if (typeof path !== 'string') throw noCursor();
  return { path, ordinal: whole(ordinal) };
}

function write(position: Position): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

function read(text: string): Position {
  try {
    const position: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (Array.isArray(position)) return position as Position;
  } catch {
    // Said below.
  }
  throw noCursor();
}

function whole(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw noCursor();
}

function noCursor(): InvalidRequestError {
  return new InvalidRequestError('after must be the value of "next" in an earlier answer.');
}
