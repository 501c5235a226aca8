/**
 * What could end a line, move a cursor or turn a line around on the screen of whoever reads it: C0, DEL, C1, the Unicode separators of
 * lines and paragraphs, and the overrides of direction.
 */
const HARMFUL = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Text of others in a line of a log or a table: one line stays one line (http-api.md, "logs"). The escapes are those of JSON. */
export function visible(text: string): string {
  return text.replace(HARMFUL, (character) => SHORT[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
