import { InvalidPathError } from './errors.js';

/** Longest path accepted, in bytes of UTF-8 (http-api.md, "400"). */
export const MAX_PATH_BYTES = 2048;

// eslint-disable-next-line no-control-regex -- control characters are what this looks for
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f-\u009f]/;

/**
 * Normalises an absolute repository path: `//` and a trailing `/` vanish.
 * @throws InvalidPathError when it is not absolute, has `.` or `..` segments, a control character or lone
 * surrogate, or is too long.
 */
export function normalizePath(path: string): string {
  if (!path.startsWith('/')) throw new InvalidPathError(path, 'must be absolute (begin with "/")');
  if (CONTROL_CHARACTER.test(path)) throw new InvalidPathError(path, 'must not contain control characters');
  if (!path.isWellFormed()) throw new InvalidPathError(path, 'must be well-formed Unicode');
  const segments = path.split('/').filter((segment) => segment !== '');
  if (segments.some((segment) => segment === '.' || segment === '..')) {
    throw new InvalidPathError(path, 'must not contain "." or ".." segments');
  }
  const normalized = `/${segments.join('/')}`;
  if (Buffer.byteLength(normalized) > MAX_PATH_BYTES) {
    throw new InvalidPathError(path, `must not be longer than ${MAX_PATH_BYTES} bytes of UTF-8`);
  }
  return normalized;
}

/** `/content/dam/a/b.dita` → `/content/dam/a`; the parent of `/` and of `/a` is `/`. */
export function parentPath(path: string): string {
  const cut = path.lastIndexOf('/');
  return cut <= 0 ? '/' : path.slice(0, cut);
}

export function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Lower-cased text after the last dot of the file name, '' when there is none or it comes first (extraction.md, section 1). */
export function fileExtension(path: string): string {
  const name = fileName(path);
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? '' : name.slice(dot + 1).toLowerCase();
}

/** Where assets live, and against which `/…` references are judged (extraction.md, section 1). */
export const DAM_ROOT = '/content/dam';

/** The root that references of an asset are held against: the DAM root, or for content elsewhere its first folder. */
export function damRootOf(path: string): string {
  if (path.startsWith(`${DAM_ROOT}/`)) return DAM_ROOT;
  return `/${path.split('/')[1] ?? ''}`;
}
