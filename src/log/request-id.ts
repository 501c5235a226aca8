import { randomUUID } from 'node:crypto';

export const REQUEST_ID_HEADER = 'X-Request-Id';

/** What tracing systems make: nothing that could break a line, a query or a shell. */
const SANE = /^[\w.:=-]{1,128}$/;

/** The caller's own id where it is a sane one, else a random one. */
export function requestIdFrom(header: string | readonly string[] | undefined): string {
  return typeof header === 'string' && SANE.test(header) ? header : randomUUID();
}
