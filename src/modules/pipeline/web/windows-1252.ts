/** Characters of windows-1252 at 0x80 to 0x9f; bytes without one stay control characters (WHATWG Encoding). */
const HIGH_CHARACTERS = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

/** Node 20's own decoder reads windows-1252 as ISO 8859-1, without its typographic characters. */
export function decodeWindows1252(bytes: Uint8Array): string {
  const latin1 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return latin1.replace(/[\u0080-\u009f]/g, (character) => HIGH_CHARACTERS.charAt(character.charCodeAt(0) - 0x80));
}
