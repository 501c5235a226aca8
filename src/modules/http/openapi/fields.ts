import { list, oneOf, type Schema, text, whole } from './schema.js';
import { FILE_TYPES } from '../../../contracts/asset.js';

/** Fields that several shapes share. */
export const path = text('Absolute repository path.');
export const time = whole('Epoch milliseconds.');
export const line = whole('1-based.', { minimum: 1 });
export const fileType = oneOf(FILE_TYPES, 'Decided by the content.');
export const fileTypes = list(oneOf(FILE_TYPES), 'Empty: all.');
export const uuid = text('`GUID-…`, kept for the life of the asset.');

export function id(description: string): Schema {
  return { type: 'string', format: 'uuid', description };
}
