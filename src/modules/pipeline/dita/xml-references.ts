import type { EntityTable } from './entity-table.js';
import { NEW_LINE, OutOfTheOrdinary, SPACE, TAB } from './xml-cursor.js';

/** Unknown names are counted in text only. */
type Where = 'text' | 'attribute';

const REFERENCE = /&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|([A-Za-z][\w.-]*));/y;

/**
 * A piece of a document with its references replaced; white space in attributes becomes spaces.
 * @throws OutOfTheOrdinary for a reference that may be none
 */
export function replaceReferences(document: string, start: number, end: number, where: Where, entities: EntityTable): string {
  const literal = (from: number, to: number): string => {
    const piece = document.slice(from, to);
    return where === 'attribute' ? piece.replace(/[\t\n]/g, ' ') : piece;
  };
  let result = '';
  let from = start;
  for (let at = document.indexOf('&', from); at >= 0 && at < end; at = document.indexOf('&', from)) {
    REFERENCE.lastIndex = at;
    const reference = REFERENCE.exec(document);
    if (reference === null) throw new OutOfTheOrdinary();
    result += literal(from, at) + replacement(reference, where, entities);
    from = REFERENCE.lastIndex;
  }
  return result + literal(from, end);
}

function replacement([, hex, decimal, name]: RegExpExecArray, where: Where, entities: EntityTable): string {
  if (name !== undefined) {
    const value = entities.resolve(name, where, 0);
    if (value === undefined) throw new OutOfTheOrdinary();
    return value;
  }
  const code = hex === undefined ? Number(decimal) : parseInt(hex, 16);
  if (!isCharacter(code)) throw new OutOfTheOrdinary();
  return String.fromCodePoint(code);
}

/** XML 1.0, production 2. */
function isCharacter(code: number): boolean {
  if (code < SPACE) return code === TAB || code === NEW_LINE || code === 0x0d;
  return code < 0xd800 || (code > 0xdfff && code < 0xfffe) || (code > 0xffff && code < 0x110000);
}
