import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** What Node's parser and clock find wrong with a request before there is one; all else is answered in general terms. */
const REASONS: Record<string, string> = {
  HPE_HEADER_OVERFLOW: 'The request line and headers are too large.',
  ERR_HTTP_REQUEST_TIMEOUT: 'The request did not arrive in time.',
};

/** Answers what is no HTTP request with 400 in the one shape (http-api.md, introduction) and ends the connection. */
export function refuseBrokenRequest(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const body = bodyOf(REASONS[error.code ?? ''] ?? 'The request is not valid HTTP.');
  const head = ['HTTP/1.1 400 Bad Request', ...Object.entries(HEADERS).map(([name, value]) => `${name}: ${value}`)];
  socket.end(`${head.join('\r\n')}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  // Who sends broken requests may also never read the answer.
  socket.once('finish', () => socket.destroy());
}

export function refuseExpectation(_request: IncomingMessage, response: ServerResponse): void {
  refuse(response, 'The only Expect is 100-continue.');
}

/** Node would refuse it too (RFC 9112, 3.2), without a word. */
export function refuseWithoutHost(request: IncomingMessage, response: ServerResponse, next: () => void): void {
  if (request.headers.host !== undefined || request.httpVersion !== '1.1') next();
  else refuse(response, 'The request has no Host.');
}

function refuse(response: ServerResponse, message: string): void {
  const body = bodyOf(message);
  response.writeHead(400, { ...HEADERS, 'Content-Length': Buffer.byteLength(body) }).end(body);
}

const HEADERS = {
  'Content-Type': 'application/json; charset=utf-8',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  Connection: 'close',
};

function bodyOf(message: string): string {
  return JSON.stringify({ statusCode: 400, error: 'Bad Request', message });
}
