import { fileTypeFromBuffer } from 'file-type';
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

const UNKNOWN = 'application/octet-stream';

/** MIME type that the name suggests. */
export function mimeTypeByName(path: string): string {
  return DOCUMENTATION_TYPES[fileExtension(path)] ?? mime.getType(path) ?? UNKNOWN;
}

/** MIME type by content first, then by name: bytes are never trusted from their file name (repository.md, "Both"). */
export async function mimeTypeByContent(path: string, head: Uint8Array): Promise<string> {
  const detected = await fileTypeFromBuffer(head).catch(() => undefined); // a broken file has no signature to go by
  const byName = mimeTypeByName(path);
  if (detected === undefined) return byName;
  // Formats that are ZIP or XML inside are told apart better by their names.
  return detected.mime === 'application/zip' || detected.mime === 'application/xml' ? (byName === UNKNOWN ? detected.mime : byName) : detected.mime;
}
