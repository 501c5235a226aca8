import { InvalidPathError } from './errors.js';
import { damRootOf, fileExtension, MAX_PATH_BYTES, normalizePath, parentPath } from './repository-path.js';

describe('repository paths', () => {
  it.each([
    ['/content//dam/', '/content/dam'],
    ['/', '/'],
    ['///', '/'],
    ['/content/dam/a b%20.dita', '/content/dam/a b%20.dita'],
    ['/content/dam/…/Ünï', '/content/dam/…/Ünï'],
  ])('normalises %j to %j', (given, expected) => {
    expect(normalizePath(given)).toBe(expected);
  });

  it.each(['content/dam', '', '/a/../b', '/a/./b', '/a\u0000b', '/a\nb', '/a\u0085', '/\ud800', `/${'é'.repeat(MAX_PATH_BYTES / 2)}`])(
    'refuses %j',
    (path) => {
      expect(() => normalizePath(path)).toThrow(InvalidPathError);
    },
  );

  it('accepts a path of exactly the longest length', () => {
    const path = `/${'x'.repeat(MAX_PATH_BYTES - 1)}`;
    expect(normalizePath(path)).toBe(path);
  });

  it.each([
    ['/a/b.DITA', 'dita'],
    ['/a/.gitignore', ''],
    ['/a/.job.xml', 'xml'],
    ['/a.b/c', ''],
    ['/a/b.', ''],
  ])('takes the extension of %j as %j', (path, extension) => {
    expect(fileExtension(path)).toBe(extension);
  });

  it('knows parents and the root that references are held against', () => {
    expect([parentPath('/a/b'), parentPath('/a'), parentPath('/')]).toEqual(['/a', '/', '/']);
    expect([damRootOf('/content/dam/x/y.dita'), damRootOf('/content/cms/y.dita')]).toEqual(['/content/dam', '/content']);
  });
});
