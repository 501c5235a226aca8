import { chooseGuidTarget, guidStem, type LookedUpReference, OUTSIDE_MARK, type ReferenceTarget, settleReference } from './reference-rules.js';

const reference = (given: Partial<LookedUpReference>): LookedUpReference => ({
  kind: 'xref',
  format: 'dita',
  scope: 'local',
  target: '/content/dam/t.dita',
  fragment: null,
  ...given,
});
const topic: ReferenceTarget = {
  path: '/content/dam/t.dita',
  fileType: 'DITATOPIC',
  wellFormed: true,
  rootId: 'a',
  topicIds: ['a', 'b'],
  elementIds: ['a', 'a/p1', 'b', 'b/p2'],
};
const map: ReferenceTarget = { ...topic, fileType: 'DITAMAP', rootId: 'm', topicIds: [], elementIds: ['m', 'branch'] };

describe('status of a reference (extraction.md, section 8)', () => {
  it.each([
    [{}, null, 'missing-file'],
    [{ scope: 'peer' }, null, 'peer'],
    [{ target: `${OUTSIDE_MARK}GUID-1.dita` }, null, 'outside-root'],
    [{}, topic, 'ok'],
    [{ fragment: 'a' }, topic, 'ok'],
    [{ fragment: 'a/p1' }, topic, 'ok'],
    [{ fragment: 'b/p1' }, topic, 'missing-fragment'],
    [{ fragment: 'p1' }, topic, 'missing-fragment'],
    [{ fragment: './p1' }, topic, 'missing-fragment'],
    [{ fragment: 'b/p1', scope: 'peer' }, topic, 'peer'],
    [{ fragment: 'branch' }, map, 'ok'],
    [{ fragment: 'm/branch' }, map, 'ok'],
    [{ fragment: 'x/branch' }, map, 'missing-fragment'],
    [{ fragment: 'zz', kind: 'image' }, topic, 'unverified-fragment'],
    [{ fragment: 'zz', format: 'html' }, topic, 'unverified-fragment'],
    [{ fragment: 'zz', kind: 'md-link', format: null }, topic, 'unverified-fragment'],
    [{ fragment: 'a' }, { ...topic, wellFormed: false }, 'unverified-fragment'],
    [{ fragment: 'a' }, { ...topic, fileType: 'OTHERS' as const }, 'unverified-fragment'],
  ])('%j against %j is %s', (given, target, expected) => {
    expect(settleReference(reference(given as Partial<LookedUpReference>), target)).toBe(expected);
  });

  it('takes GUID names by the same extension, then by the smallest path', () => {
    const candidates = ['/z/GUID-1.dita', '/b/GUID-1.png', '/a/GUID-1.xml', '/c/GUID-1.dita'];
    expect(chooseGuidTarget('/x/GUID-1.dita', candidates)).toBe('/c/GUID-1.dita');
    expect(chooseGuidTarget('/x/GUID-1', candidates)).toBe('/a/GUID-1.xml');
    expect(chooseGuidTarget('/x/GUID-1.dita', [])).toBeNull();
    expect([guidStem('/a/GUID-1.x.dita'), guidStem('/a/guid-1.dita'), guidStem('/a/GUID-1')]).toEqual(['GUID-1.x', null, 'GUID-1']);
  });
});
