import { fileTypeFromBuffer } from 'file-type';
import { mimeTypeByName, UNKNOWN_MIME_TYPE } from './mime-type-by-name.js';

/** MIME type by content first, then by name: bytes are never trusted from their file name (repository.md, "Both"). */
export async function mimeTypeByContent(path: string, head: Uint8Array): Promise<string> {
  const detected = await fileTypeFromBuffer(head).catch(() => undefined); // a broken file has no signature to go by
  const byName = mimeTypeByName(path);
  if (detected === undefined) return byName;
  // Formats that are ZIP or XML inside are told apart better by their names.
  const isContainer = detected.mime === 'application/zip' || detected.mime === 'application/xml';
  return isContainer && byName !== UNKNOWN_MIME_TYPE ? byName : detected.mime;
}
