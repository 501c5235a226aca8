import { resolveUriReference, uriExtension, uriScheme } from './uri-reference.js';

const context = { sourcePath: '/content/dam/sub/deep/a.dita', damRoot: '/content/dam', scope: 'local' };
const resolve = (raw: string, given: Partial<Parameters<typeof resolveUriReference>[1]> = {}): string => {
  const { target, fragment, status } = resolveUriReference(raw, { ...context, ...given });
  return `${target ?? '-'}${fragment === null ? '' : `#${fragment}`} ${status ?? '?'}`;
};

describe('resolving a URI reference (extraction.md, section 8)', () => {
  it.each([
    ['', '- empty'],
    [' \n\t', '- empty'],
    ['b.dita', '/content/dam/sub/deep/b.dita ?'],
    ['\n ../b.dita ', '/content/dam/sub/b.dita ?'],
    ['.././../t/./x.dita', '/content/dam/t/x.dita ?'],
    ['..//..//t//x.dita', '/content/dam/t/x.dita ?'],
    ['../../t/', '/content/dam/t ?'],
    ['../../..', '- outside-root'],
    ['../../../dam/x.dita', '- outside-root'],
    ['../..', '- missing-file'],
    ['/content/dam', '- missing-file'],
    ['/content/dam/x.dita#a', '/content/dam/x.dita#a ?'],
    ['/content/dame/x.dita', '- outside-root'],
    ['/x.dita', '- outside-root'],
    ['#a/b', '/content/dam/sub/deep/a.dita#a/b ?'],
    ['?q=1#a', '/content/dam/sub/deep/a.dita#a ?'],
    ['b.dita?x=1&y=#t', '/content/dam/sub/deep/b.dita#t ?'],
    ['b.dita#', '/content/dam/sub/deep/b.dita ?'],
    ['..\\..\\t\\x.dita', '/content/dam/t/x.dita ?'],
  ])('reads %j as a place of the repository: %s', (raw, expected) => {
    expect(resolve(raw)).toBe(expected);
  });

  it.each(['C:\\x.dita', 'c:/x.dita', 'file:///x.dita', 'FILE:x', '\\\\server\\x.dita'])('takes %j for a place outside the repository', (raw) => {
    expect(resolve(raw)).toBe('- outside-root');
  });

  it.each(['http://e.org/x#f', 'mailto:a@e.org', 'urn:isbn:1', '//cdn.e.org/a.js', 'javascript:void(0)'])('takes %j for external whatever its scope', (raw) => {
    expect(resolve(raw)).toBe('- external');
    expect(resolve(raw, { scope: 'peer' })).toBe('- external');
  });

  it.each([
    ['a%20b.dita', 'a b.dita'],
    ['caf%C3%A9.dita', 'café.dita'],
    ['caf%E9.dita', 'caf%E9.dita'],
    ['100%.dita', '100%.dita'],
    ['100%25.dita', '100%.dita'],
    ['a+b.dita', 'a+b.dita'],
    ['a%2Bb.dita', 'a+b.dita'],
    ['a%23b.dita', 'a#b.dita'],
    ['x%2Fy.dita', 'x/y.dita'],
    ['%2525.dita', '%25.dita'],
    ['é%zz%20.dita', 'é%zz .dita'],
  ])('decodes %j once, to %j', (raw, name) => {
    expect(resolve(raw)).toBe(`/content/dam/sub/deep/${name} ?`);
  });

  it('decodes the fragment on its own', () => {
    expect(resolve('b%E9.dita#t%2Fp')).toBe('/content/dam/sub/deep/b%E9.dita#t/p ?');
  });

  it('has no target for a path with a control character', () => {
    expect(resolve('a%00b.dita')).toBe('- missing-file');
    expect(resolve('a%0Ab.dita#f')).toBe('-#f missing-file');
  });

  it('has no target for an external scope, and breaks nothing for a peer scope', () => {
    expect(resolve('b.dita#a', { scope: 'external' })).toBe('- external');
    expect(resolve('b.dita', { scope: 'peer' })).toBe('/content/dam/sub/deep/b.dita ?');
    expect(resolve('../../../b.dita', { scope: 'peer' })).toBe('- peer');
  });

  it('leaves GUID names outside the root to the repository', () => {
    expect(resolve('../../../x/GUID-1.dita#a')).toBe('/../GUID-1.dita#a ?');
    expect(resolve('/elsewhere/GUID-1.dita')).toBe('/../GUID-1.dita ?');
    expect(resolve('/elsewhere/guid-1.dita')).toBe('- outside-root');
  });

  it.each([
    ['../img/', 'x.png', '/content/dam/sub/img/x.png ?'],
    ['../img/page.html', 'x.png', '/content/dam/sub/img/x.png ?'],
    ['page.html', 'x.png', '/content/dam/sub/deep/x.png ?'],
    ['/content/dam/img/', '../x.png', '/content/dam/x.png ?'],
    ['/elsewhere/', 'x.png', '- outside-root'],
    ['/elsewhere/', '/content/dam/x.png', '/content/dam/x.png ?'],
    ['http://e.org/', 'x.png', '- external'],
    ['file:///c/', 'x.png', '- outside-root'],
    ['../img/', '#f', '/content/dam/sub/deep/a.dita#f ?'],
    ['', 'x.png', '/content/dam/sub/deep/x.png ?'],
  ])('resolves against the base %j: %j is %s', (base, raw, expected) => {
    expect(resolve(raw, { base })).toBe(expected);
  });

  it.each([
    ['a/b.DITA#x.y', 'dita', null],
    ['a.b/c', '', null],
    ['.hidden', '', null],
    ['a%2Epdf', 'pdf', null],
    ['https://e.org', '', 'https'],
    ['HTTP://e.org/a.b/', '', 'http'],
    ['//cdn.e.org/a.js?v=1.2', 'js', '//'],
    ['C:\\docs\\a.dita', 'dita', null],
    ['file:///C:/a.xml', 'xml', 'file'],
    ['mailto:x@e.org', 'org', 'mailto'],
  ])('finds extension and scheme of %j', (raw, extension, scheme) => {
    expect([uriExtension(raw), uriScheme(raw)]).toEqual([extension, scheme]);
  });
});
