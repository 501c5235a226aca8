import type { KeyRange } from '../contracts/key-range.js';
import { comparePaths } from '../contracts/key-range.js';

/** WHERE clause and parameters for a key range, from `after` (exclusive) on. */
export function keyRangeSql(column: string, range: KeyRange, after: string | null): { where: string; parameters: string[] } {
  const continues = after !== null && comparePaths(after, range.from) >= 0;
  const from = continues ? after : range.from;
  const lower = continues || !range.fromInclusive ? '>' : '>=';
  const upper = range.toInclusive ? '<=' : '<';
  return { where: `${column} ${lower} ? AND ${column} ${upper} ?`, parameters: [from, range.to] };
}
