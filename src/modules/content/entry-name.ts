import { visible } from '../../contracts/visible-text.js';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

// eslint-disable-next-line no-control-regex -- control characters are what this looks for
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f-\u009f]/;

/** A name as it may stand in a repository path, or why it may not. Normalisation (NFC, NFD) is left as it is. */
export type CheckedName = { name: string } | { reason: string };

/** Decodes the bytes of a name; nothing is guessed, because a wrong guess breaks every reference to the file. */
export function checkName(bytes: Uint8Array): CheckedName {
  let name: string;
  try {
    name = UTF8.decode(bytes);
  } catch {
    return { reason: 'has a name that is not valid UTF-8' };
  }
  return CONTROL_CHARACTER.test(name) ? { reason: 'has a control character in its name' } : { name };
}

/** The name for people: bytes that are not UTF-8 as `\xff`, control characters as `\u001b`. */
export function displayName(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('utf8');
  const shown = Buffer.from(text).equals(bytes) ? text : escapeInvalid(bytes);
  return visible(shown);
}

function escapeInvalid(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => (byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16)}`)).join('');
}
