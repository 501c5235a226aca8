import type { ReferenceStatus } from '../../contracts/asset.js';
import { OUTSIDE_MARK } from '../../contracts/reference-rules.js';

export interface UriReferenceContext {
  /** Absolute repository path of the referencing file. */
  sourcePath: string;
  /** Root that `/…` references and `..` are held against, without a trailing slash, e.g. `/content/dam`. */
  damRoot: string;
  /** Effective scope; only `external` and `peer` make a difference. */
  scope: string | null;
  /** Base URI of the reference: `<base href>` of HTML, `@codebase` of an object. */
  base?: string | null;
}

export interface UriTarget {
  /** Absolute repository path; for a `GUID-…` name outside the root see `OUTSIDE_MARK`. */
  target: string | null;
  fragment: string | null;
  /** Null: only the repository can tell whether the target exists. */
  status: ReferenceStatus | null;
}

/** Where references without a folder of their own start; null: outside the root, or another host. */
interface Origin {
  kind: 'inside' | 'outside' | 'external';
  segments: readonly string[];
}

const SURROUNDING_SPACE = /^[ \t\r\n]+|[ \t\r\n]+$/g;
const LOCAL_MACHINE = /^(?:[A-Za-z]:[\\/]|file:|\\\\)/i;
const ABSOLUTE_URI = /^(?:[A-Za-z][A-Za-z0-9+.-]+:|\/\/)/;
const GUID_NAME = /^GUID-/;
// eslint-disable-next-line no-control-regex -- control characters are what this looks for
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f-\u009f]/;
const OUTSIDE: Origin = { kind: 'outside', segments: [] };
const EXTERNAL: Origin = { kind: 'external', segments: [] };

/** Resolves a URI reference as far as that goes without the repository (extraction.md, section 8, rules 1 to 10). */
export function resolveUriReference(raw: string, context: UriReferenceContext): UriTarget {
  const uri = trimSpace(raw);
  if (uri === '') return { target: null, fragment: null, status: 'empty' };
  if (context.scope === 'external') return { target: null, fragment: null, status: 'external' };
  if (LOCAL_MACHINE.test(uri)) return broken('outside-root', context.scope, null);
  if (ABSOLUTE_URI.test(uri)) return { target: null, fragment: null, status: 'external' };
  const { path, fragment } = splitUri(uri);
  if (path === '') return { target: context.sourcePath, fragment, status: null };
  const origin = originOf(context);
  if (origin.kind === 'external') return { target: null, fragment: null, status: 'external' };
  if (CONTROL_CHARACTER.test(path)) return broken('missing-file', context.scope, fragment);
  return locate(path, fragment, origin, context);
}

/** Extension of the last segment of the decoded path of a URI, lower-cased; '' when there is none (section 7, "Effective format"). */
export function uriExtension(raw: string): string {
  const uri = trimSpace(raw);
  const { path } = splitUri(LOCAL_MACHINE.test(uri) ? uri : uri.replace(/^(?:[A-Za-z][A-Za-z0-9+.-]+:)?\/\/[^/?#]*/, ''));
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? '' : name.slice(dot + 1).toLowerCase();
}

/** Scheme of an absolute URI in lower case, `//` for one without scheme, null for a relative reference or a drive letter. */
export function uriScheme(raw: string): string | null {
  const match = ABSOLUTE_URI.exec(trimSpace(raw));
  if (match === null) return null;
  return match[0] === '//' ? '//' : match[0].slice(0, -1).toLowerCase();
}

function locate(path: string, fragment: string | null, origin: Origin, context: UriReferenceContext): UriTarget {
  const place = walk(path, origin, context);
  if (place === null) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (GUID_NAME.test(name)) return { target: OUTSIDE_MARK + name, fragment, status: null };
    return broken('outside-root', context.scope, fragment);
  }
  if (place.length === 0) return broken('missing-file', context.scope, fragment);
  return { target: `${context.damRoot}/${place.join('/')}`, fragment, status: null };
}

/** Segments below the root, or null when the way leads outside it (rules 7 and 8). */
function walk(path: string, origin: Origin, context: UriReferenceContext): string[] | null {
  const rooted = path.startsWith('/');
  if (!rooted && origin.kind === 'outside') return null;
  const rest = rooted ? belowRoot(path, context.damRoot) : path;
  if (rest === null) return null;
  const segments = rooted ? [] : [...origin.segments];
  for (const segment of rest.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') segments.push(segment);
    else if (segments.pop() === undefined) return null;
  }
  return segments;
}

function belowRoot(path: string, damRoot: string): string | null {
  if (path === damRoot) return '';
  return path.startsWith(`${damRoot}/`) ? path.slice(damRoot.length + 1) : null;
}

/** The folder relative references start from: the file's own, or that of the base URI. */
function originOf(context: UriReferenceContext): Origin {
  const own: Origin = { kind: 'inside', segments: folderOf(context) };
  const base = trimSpace(context.base ?? '');
  if (base === '') return own;
  if (LOCAL_MACHINE.test(base)) return OUTSIDE;
  if (ABSOLUTE_URI.test(base)) return EXTERNAL;
  const { path } = splitUri(base);
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  if (folder === '') return own;
  const segments = walk(folder, own, context);
  return segments === null ? OUTSIDE : { kind: 'inside', segments };
}

/** The last file's: most references in a row are of the same. */
let lastFolder: { sourcePath: string; damRoot: string; segments: readonly string[] } | null = null;

/** Segments of the file's folder below the root. */
function folderOf({ sourcePath, damRoot }: UriReferenceContext): readonly string[] {
  if (lastFolder?.sourcePath === sourcePath && lastFolder.damRoot === damRoot) return lastFolder.segments;
  const segments = (belowRoot(sourcePath, damRoot) ?? sourcePath.slice(1)).split('/').slice(0, -1);
  lastFolder = { sourcePath, damRoot, segments };
  return segments;
}

/** Without XML white space around it. */
function trimSpace(text: string): string {
  return isSpace(text.charCodeAt(0)) || isSpace(text.charCodeAt(text.length - 1)) ? text.replace(SURROUNDING_SPACE, '') : text;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x09 || code === 0x0d;
}

/** Path and fragment, decoded once; the query is dropped and `\` read as `/` (rule 5). */
function splitUri(uri: string): { path: string; fragment: string | null } {
  const hash = uri.indexOf('#');
  const beforeHash = hash < 0 ? uri : uri.slice(0, hash);
  const query = beforeHash.indexOf('?');
  const path = (query < 0 ? beforeHash : beforeHash.slice(0, query)).replaceAll('\\', '/');
  const fragment = hash < 0 ? '' : percentDecode(uri.slice(hash + 1));
  return { path: percentDecode(path), fragment: fragment === '' ? null : fragment };
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Decodes escapes once; an invalid escape stays as it is, and so does the whole text when the result is not UTF-8. */
function percentDecode(text: string): string {
  if (!text.includes('%')) return text;
  const chunks = text.split(/((?:%[0-9A-Fa-f]{2})+)/);
  const bytes = chunks.map((chunk, i) => (i % 2 === 0 ? Buffer.from(chunk, 'utf8') : Buffer.from(chunk.replaceAll('%', ''), 'hex')));
  try {
    return strictUtf8.decode(Buffer.concat(bytes));
  } catch {
    return text;
  }
}

function broken(status: ReferenceStatus, scope: string | null, fragment: string | null): UriTarget {
  // A peer is delivered elsewhere and never broken (rule 10).
  return { target: null, fragment, status: scope === 'peer' ? 'peer' : status };
}
