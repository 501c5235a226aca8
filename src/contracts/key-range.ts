/**
 * Ranges of repository paths in byte order (repository.md, "Subtree order").
 * All bounds are whole paths or path prefixes, compared by their UTF-8 bytes.
 */
export interface KeyRange {
  from: string;
  fromInclusive: boolean;
  to: string;
  toInclusive: boolean;
}

/**
 * Orders two paths by their UTF-8 bytes, as the databases do.
 * JavaScript's `<` compares UTF-16 units, which differs where a character lies beyond U+FFFF.
 */
export function comparePaths(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return isSurrogate(x) === isSurrogate(y) ? x - y : isSurrogate(x) ? 1 : -1;
  }
  return a.length - b.length;
}

/** The ranges that hold `path` and all below it: the path itself, and [`path/`, `path0`). */
export function subtreeRanges(path: string): KeyRange[] {
  if (path === '/') return [{ from: '/', fromInclusive: true, to: '0', toInclusive: false }];
  return [
    { from: path, fromInclusive: true, to: path, toInclusive: true },
    { from: `${path}/`, fromInclusive: true, to: `${path}0`, toInclusive: false },
  ];
}

/** `path` and all below it without the subtrees of `excluded`; disjoint ranges in ascending order. */
export function subtreeWithout(path: string, excluded: readonly string[]): KeyRange[] {
  const cuts = excluded.flatMap((e) => subtreeRanges(e)).sort((a, b) => comparePaths(a.from, b.from));
  return cuts.reduce((ranges, cut) => ranges.flatMap((range) => cutOut(range, cut)), subtreeRanges(path));
}

/** True when `path` is `ancestor` or lies below it. */
export function isWithin(path: string, ancestor: string): boolean {
  return ancestor === '/' || path === ancestor || path.startsWith(`${ancestor}/`);
}

/** The part of `range` that lies in `other`, or null. */
export function intersect(range: KeyRange, other: KeyRange): KeyRange | null {
  const lower = compareLower(range, other) >= 0 ? range : other;
  const upper = compareUpper(range, other) <= 0 ? range : other;
  const result: KeyRange = {
    from: lower.from,
    fromInclusive: lower.fromInclusive,
    to: upper.to,
    toInclusive: upper.toInclusive,
  };
  return isEmpty(result) ? null : result;
}

/** True when `path` lies in `range`. */
export function contains(range: KeyRange, path: string): boolean {
  const low = comparePaths(path, range.from);
  const high = comparePaths(path, range.to);
  return (low > 0 || (low === 0 && range.fromInclusive)) && (high < 0 || (high === 0 && range.toInclusive));
}

function cutOut(range: KeyRange, cut: KeyRange): KeyRange[] {
  const before: KeyRange = { ...range, to: cut.from, toInclusive: !cut.fromInclusive };
  const after: KeyRange = { ...range, from: cut.to, fromInclusive: !cut.toInclusive };
  return [intersect(range, before), intersect(range, after)].filter((r) => r !== null);
}

function compareLower(a: KeyRange, b: KeyRange): number {
  return comparePaths(a.from, b.from) || Number(b.fromInclusive) - Number(a.fromInclusive);
}

function compareUpper(a: KeyRange, b: KeyRange): number {
  return comparePaths(a.to, b.to) || Number(a.toInclusive) - Number(b.toInclusive);
}

function isEmpty(range: KeyRange): boolean {
  const order = comparePaths(range.from, range.to);
  return order > 0 || (order === 0 && !(range.fromInclusive && range.toInclusive));
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}
