import fc from 'fast-check';

const BASE = '/bin/guides/v1';

/** A request as bytes: each character of a text is one byte (Latin-1). */
export interface HostileRequest {
  /** For whoever reads a failure. */
  kind: string;
  head: string;
  body: string;
  /** The client stops in the middle and goes away. */
  isTruncated: boolean;
}

/** Every route, with the names of its parameters; what is started here has nothing to process. */
export const FUZZED_ROUTES = [
  { method: 'POST', path: '/assets/process', fields: ['path', 'excludedPaths', 'type', 'filter', 'filter.fileTypes', 'filter[startTime]', 'filter.endTime', 'filter.filterProcessedAssets', 'dryRun'] },
  { method: 'POST', path: '/assets/process/cancel', fields: ['processingId'] },
  { method: 'POST', path: '/assets/process/resume', fields: ['processingId'] },
  { method: 'POST', path: '/assets/process/restart', fields: ['processingId'] },
  { method: 'POST', path: '/assets/status', fields: ['path', 'paths', 'excludedPaths'] },
  { method: 'GET', path: '/assets/status', fields: ['jobId', 'offset', 'limit', 'after'] },
  { method: 'GET', path: '/assets/process/status', fields: ['processingId'] },
  { method: 'GET', path: '/assets/process/logs', fields: ['processingId', 'offset', 'limit', 'tail'] },
  { method: 'GET', path: '/assets/process/logs/download', fields: ['processingId'] },
  { method: 'GET', path: '/assets/process/history', fields: ['limit'] },
  { method: 'GET', path: '/assets/references', fields: ['path', 'direction', 'after', 'limit'] },
  { method: 'GET', path: '/assets/brokenlinks', fields: ['path', 'after', 'limit'] },
  { method: 'GET', path: '/assets/report', fields: ['path'] },
  { method: 'GET', path: '/assets/keyspaces', fields: ['path', 'key'] },
  { method: 'GET', path: '/system/status', fields: [] },
  { method: 'GET', path: '/health/live', fields: [] },
  { method: 'GET', path: '/health/ready', fields: [] },
  { method: 'GET', path: '/openapi.json', fields: [] },
  { method: 'GET', path: '/docs', fields: [] },
  { method: 'GET', path: '/docs/start.js', fields: [] },
  { method: 'GET', path: '/metrics', fields: [] },
  { method: 'GET', path: '/assets/process/events', fields: ['processingId'] },
] as const;

const ODD_TEXTS = [
  '', ' ', '/', '//', '/content/dam', '/content/dam/', '/content/dam/../../etc/passwd', '/content/dam/%2e%2e', '/content/./dam', 'content/dam',
  '/content/dam/fuzz', '\0', '/content\0/dam', '/a\r\nX-Injected: yes', '\u202e/content', '\ufeff', '\ud800', '/content/dam/\udfff', 'é', '漢字',
  '😀'.repeat(200), 'x'.repeat(3000), '/'.repeat(3000), `/${'a/'.repeat(1500)}`, '__proto__', 'constructor', 'null', 'undefined', 'NaN', '-1', '1e9',
  '0x10', '９', '99999999999999999999', '1.5', '+1', '-0', "' OR 1=1 --", '%', '_', '${7*7}', '{{7*7}}', '<script>', '../../../etc/passwd',
  'ASSET_PROCESSING', 'DITATOPIC', 'true', 'outgoing', '00000000-0000-0000-0000-000000000000', '0'.repeat(36), 'regex:(a+)+$', '[object Object]',
] as const;

/** Bytes after a percent sign, or raw, that are no UTF-8 or no encoding at all. */
const ODD_ENCODINGS = [
  '%', '%0', '%zz', '%00', '%0d%0aX-Injected:%20yes', '%c0%af', '%c0%80', '%e0%80%af', '%f8%88%80%80%80', '%ff', '%ed%a0%80', '%25%32%65', '%u002e', '%2f..%2f',
  '\xff', '\xc0\xaf', '%2e%2e%2f', '+', ';', '&', '=', '&&==', '[', '[]=', '?', '#', '..;/', '%5c..%5c',
] as const;

const CONTENT_TYPES = [
  'application/json', 'application/json; charset=utf-8', 'application/json; charset=utf-16', 'application/json;charset=bogus', 'application/x-www-form-urlencoded',
  'application/x-www-form-urlencoded; charset=iso-8859-1', 'text/plain', 'text/html', 'multipart/form-data; boundary=x', 'application/json, text/plain', 'APPLICATION/JSON',
  'application/', '/', '', 'a'.repeat(500), 'application/vnd.api+json', 'application/json;;;', 'image/png\u0085',
] as const;

const ODD_HEADERS = [
  'Content-Encoding: gzip', 'Content-Encoding: deflate', 'Content-Encoding: br', 'Content-Encoding: bogus', 'Accept: application/json', 'Accept: */*;q=0', 'Accept: ,,,',
  `Accept: ${'a/b,'.repeat(500)}x/y`, 'Range: bytes=0-0,-1', 'If-None-Match: *', 'If-Modified-Since: never', 'Origin: http://evil.example', 'Sec-Fetch-Site: cross-site',
  'Referer: \x85\x86', 'X-Request-Id: \x9b31m', `X-Request-Id: ${'x'.repeat(2000)}`, 'X-Http-Method-Override: DELETE', 'X-Forwarded-For: \x00', 'Upgrade: websocket',
  'Connection: Upgrade, HTTP2-Settings', 'Expect: 100-continue', 'Expect: miracles', 'TE: trailers', 'Cookie: a=%00; b="', `Cookie: ${'a=b;'.repeat(1000)}`, 'Host:', 'Host: a, b',
  'Content-Length: -1', 'Content-Length: 99999999999999999999', 'Transfer-Encoding: gzip, chunked', 'Transfer-Encoding: \x0bchunked', 'X-A\x00B: c', 'X: a\nb', ' folded: x', ':', 'X',
  'Last-Event-ID: -1', 'Accept-Encoding: gzip;q=x', 'Via: 1.1 x', `X-Long: ${'y'.repeat(20_000)}`,
] as const;

const AUTHORIZATIONS = [
  'Basic', 'Basic ', 'Basic !!!!', 'Basic Og==', 'Basic AAAA', `Basic ${'QUFB'.repeat(1000)}`, 'Bearer', 'Bearer a.b.c', 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.', 'Digest x', '\xff\xfe', 'Basic \x85',
] as const;

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'M-SEARCH', 'get', 'FROBNICATE', 'QUERY'] as const;

/** Mostly sound, so that it goes deep; `authorization` is a valid one. `ids`: those of jobs that exist. */
export function hostileRequests(authorization: string, ids: readonly string[]): fc.Arbitrary<HostileRequest> {
  const text = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...ODD_TEXTS) }, { weight: 1, arbitrary: fc.constantFrom(...ids) }, { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) });
  const perRoute = FUZZED_ROUTES.map((route) =>
    fc
      .record({
        method: rarely(fc.constantFrom(...METHODS), route.method),
        path: rarely(fc.constantFrom(...ODD_ENCODINGS).map((odd) => `${route.path}/${odd}`), route.path),
        query: queries(route.fields, text),
        version: fc.oneof({ weight: 60, arbitrary: fc.constant('HTTP/1.1') }, { weight: 1, arbitrary: fc.constantFrom('HTTP/1.0', 'HTTP/2.0', 'HTTP/9.9', 'FTP/1.1', '') }),
        login: fc.oneof({ weight: 40, arbitrary: fc.constant(authorization) }, { weight: 1, arbitrary: fc.constantFrom(...AUTHORIZATIONS, null) }),
        headers: fc.oneof({ weight: 3, arbitrary: fc.constant([] as string[]) }, { weight: 1, arbitrary: fc.array(fc.constantFrom(...ODD_HEADERS), { minLength: 1, maxLength: 3 }) }),
        body: route.method === 'POST' ? bodies(route.fields, text) : rarely(bodies(route.fields, text), null),
        framing: rarely(fc.constantFrom('chunked', 'short', 'long', 'bad chunk', 'truncated', 'none'), 'exact'),
      })
      .map(compose),
  );
  return fc.oneof(...perRoute);
}

interface Parts {
  method: string;
  path: string;
  query: string;
  version: string;
  login: string | null;
  headers: readonly string[];
  body: { type: string; content: string } | null;
  framing: string;
}

function compose({ method, path, query, version, login, headers, body, framing }: Parts): HostileRequest {
  const content = body?.content ?? '';
  const framed = body === null ? { headers: [], body: '' } : frame(content, framing);
  const lines = [
    `${method} ${BASE}${path}${query} ${version}`.trimEnd(),
    'Host: localhost',
    ...(login === null ? [] : [`Authorization: ${login}`]),
    ...(body === null || body.type === '' ? [] : [`Content-Type: ${body.type}`]),
    ...framed.headers,
    ...headers,
    // The last of a connection: then its end is the end of the answer.
    'Connection: close',
  ];
  return { kind: `${method} ${path} ${framing}`, head: `${lines.join('\r\n')}\r\n\r\n`, body: framed.body, isTruncated: framing === 'truncated' || framing === 'short' };
}

function frame(content: string, framing: string): { headers: string[]; body: string } {
  const length = (value: number) => [`Content-Length: ${value}`];
  const chunks = `${content.length.toString(16)}\r\n${content}\r\n`;
  switch (framing) {
    case 'chunked':
      return { headers: ['Transfer-Encoding: chunked'], body: `${content === '' ? '' : chunks}0\r\n\r\n` };
    case 'bad chunk':
      return { headers: ['Transfer-Encoding: chunked'], body: `zz\r\n${content}\r\n0\r\n\r\n` };
    case 'short':
      return { headers: length(content.length + 100), body: content };
    case 'long':
      return { headers: length(Math.floor(content.length / 2)), body: content };
    case 'truncated':
      return { headers: ['Transfer-Encoding: chunked'], body: chunks.slice(0, Math.ceil(chunks.length / 2)) };
    case 'none':
      return { headers: [], body: content };
    default:
      return { headers: length(content.length), body: content };
  }
}

function queries(fields: readonly string[], text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const name = names(fields);
  const value = fc.oneof({ weight: 4, arbitrary: text.map(encoded) }, { weight: 1, arbitrary: fc.constantFrom(...ODD_ENCODINGS) });
  const pairs = fc.array(fc.tuple(name, value), { maxLength: 4 });
  return pairs.map((all) => (all.length === 0 ? '' : `?${all.map(([key, said]) => `${key}=${said}`).join('&')}`));
}

function names(fields: readonly string[]): fc.Arbitrary<string> {
  const odd = fc.constantFrom('__proto__', 'constructor', '', 'a.b');
  return fields.length === 0 ? odd : fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...fields) }, { weight: 1, arbitrary: odd });
}

function bodies(fields: readonly string[], text: fc.Arbitrary<string>): fc.Arbitrary<{ type: string; content: string }> {
  const value = fc.oneof(text.map((t) => JSON.stringify(t)), fc.constantFrom(...ODD_VALUES), fc.jsonValue({ maxDepth: 3 }).map((v) => JSON.stringify(v)));
  const name = names(fields);
  // Built as text: names may come twice, and a JavaScript object could not hold `__proto__`.
  const json = fc.array(fc.tuple(name, value), { maxLength: 6 }).map((all) => `{${all.map(([key, said]) => `${JSON.stringify(key)}:${said}`).join(',')}}`);
  const form = queries(fields, text).map((query) => query.slice(1));
  const broken = fc.constantFrom(...ODD_BODIES);
  return fc.oneof(
    { weight: 6, arbitrary: json.map((content) => ({ type: 'application/json', content: utf8(content) })) },
    { weight: 3, arbitrary: form.map((content) => ({ type: 'application/x-www-form-urlencoded', content })) },
    { weight: 2, arbitrary: fc.record({ type: fc.constantFrom(...CONTENT_TYPES), content: fc.oneof(json.map(utf8), form, broken) }) },
    { weight: 1, arbitrary: broken.map((content) => ({ type: 'application/json', content })) },
  );
}

const ODD_VALUES = [
  '1e400', '-0', '99999999999999999999999999', '9007199254740993', '1.5', 'true', 'null', '[]', '{}', '[[[[[]]]]]', '"ASSET_PROCESSING"', '"/content/dam/fuzz"',
  '{"fileTypes":["DITATOPIC"],"startTime":-1e308}', '{"startTime":8640000000000001,"endTime":1}', '{"fileTypes":"DITAMAP,OTHERS","filterProcessedAssets":"yes"}', '{"__proto__":{"a":1}}',
  `["${'/x","'.repeat(300)}/y"]`, '"\\u0000"', '"\\ud800"',
] as const;

const ODD_BODIES = [
  '', ' ', '{', '}', '[]', '""', '0', 'null', '{"a":1,}', "{'a':1}", '\xef\xbb\xbf{}', '\xff\xfe{\0}\0', '{"a":"\xff\xfe"}', '{"path":"\x00"}', '['.repeat(50_000), '{"a":'.repeat(20_000),
  `{"path":"/content/dam","path":"/etc","type":"ASSET_PROCESSING"}`, `{"path":"${'a'.repeat(100_000)}"}`, `[${'1,'.repeat(50_000)}1]`, '\x1f\x8b\x08\x00\x00\x00\x00\x00', '--x\r\nContent-Disposition: form-data; name="path"\r\n\r\n/a\r\n--x--',
  'a=1&'.repeat(20_000), 'path[a][b][c]=1', `path${'[a]'.repeat(5000)}=1`, 'path=%ff&type=%', '&&&&', '=', 'a',
] as const;

/** Mostly `usual`. */
function rarely<T, U>(odd: fc.Arbitrary<T>, usual: U): fc.Arbitrary<T | U> {
  return fc.oneof({ weight: 9, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: odd });
}

/** Percent-encoded UTF-8; what is no text (lone surrogates) as the bytes that a careless client sends. */
function encoded(text: string): string {
  return [...Buffer.from(text, 'utf8')].map((byte) => (/[\w/.~-]/.test(String.fromCharCode(byte)) && byte < 128 ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`)).join('');
}

function utf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
