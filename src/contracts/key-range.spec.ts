import * as fc from 'fast-check';
import { comparePaths, contains, intersect, isWithin, subtreeRanges, subtreeWithout } from './key-range.js';

const segment = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '-', '0', '/', '.', 'é', '\uffee', '😀'), minLength: 1, maxLength: 6 });
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join('/')}`.replace(/\/+/g, '/').replace(/(?<=.)\/$/, ''));

describe('key ranges', () => {
  it('orders paths by their UTF-8 bytes, beyond U+FFFF too', () => {
    fc.assert(
      fc.property(path, path, (a, b) => {
        expect(Math.sign(comparePaths(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
      }),
    );
    expect(comparePaths('/\uffee', '/😀')).toBeLessThan(0);
  });

  it('holds in the ranges of a subtree exactly the path and what lies below', () => {
    fc.assert(
      fc.property(path, path, (root, other) => {
        const inRanges = subtreeRanges(root).some((range) => contains(range, other));
        expect(inRanges).toBe(isWithin(other, root));
      }),
    );
  });

  it('does not take siblings with a common prefix for children', () => {
    const ranges = subtreeRanges('/a/b');
    const inside = (p: string) => ranges.some((range) => contains(range, p));
    expect(['/a/b', '/a/b/c', '/a/b/😀'].map(inside)).toEqual([true, true, true]);
    expect(['/a/b0', '/a/b c', '/a/b-', '/a/b.dita', '/a'].map(inside)).toEqual([false, false, false, false, false]);
  });

  it('cuts excluded subtrees out and leaves ascending, disjoint ranges', () => {
    fc.assert(
      fc.property(path, fc.array(path, { maxLength: 5 }), fc.array(path, { maxLength: 20 }), (root, excluded, others) => {
        const ranges = subtreeWithout(root, excluded);
        for (const other of others) {
          const expected = isWithin(other, root) && !excluded.some((e) => isWithin(other, e));
          expect(ranges.filter((range) => contains(range, other))).toHaveLength(expected ? 1 : 0);
        }
        const starts = ranges.map((range) => range.from);
        expect([...starts].sort(comparePaths)).toEqual(starts);
      }),
    );
  });

  it('finds no common part of ranges that only touch', () => {
    const upTo = { from: '/a', fromInclusive: true, to: '/b', toInclusive: false };
    const onwards = { from: '/b', fromInclusive: true, to: '/c', toInclusive: true };
    expect(intersect(upTo, onwards)).toBeNull();
    expect(intersect({ ...upTo, toInclusive: true }, onwards)).toEqual({ from: '/b', fromInclusive: true, to: '/b', toInclusive: true });
  });
});
