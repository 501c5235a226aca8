import mime from 'mime';
import { fileExtension } from '../../contracts/repository-path.js';

/** XML vocabularies of documentation that no register of extensions knows. */
const DOCUMENTATION_TYPES: Readonly<Record<string, string>> = {
  dita: 'application/xml',
  ditamap: 'application/xml',
  bookmap: 'application/xml',
  ditaval: 'application/xml',
  mdita: 'text/markdown',
};

export const UNKNOWN_MIME_TYPE = 'application/octet-stream';

/** MIME type that the name suggests. */
export function mimeTypeByName(path: string): string {
  return DOCUMENTATION_TYPES[fileExtension(path)] ?? mime.getType(path) ?? UNKNOWN_MIME_TYPE;
}
