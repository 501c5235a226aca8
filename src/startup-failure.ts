import { ConfigurationError, RepositoryUnavailableError } from './contracts/errors.js';
import type { GuidesSettings } from './contracts/settings.js';

/** One line that says why the service did not start and what to do; null when the reason is none that is foreseen. */
export function startupFailure(error: unknown, settings: GuidesSettings | null): string | null {
  if (error instanceof ConfigurationError) return `Configuration: ${oneLine(error.message)}`;
  if (!settings) return null;
  const { host, port } = settings.http;
  switch (fieldOf(error, 'code')) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is in use; stop what listens there or set PORT.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      if (fieldOf(error, 'syscall') !== 'connect') return `${host} is no address of this machine; set HOST.`;
      break;
    case 'EACCES':
      if (fieldOf(error, 'syscall') === 'listen') return `Port ${port} on ${host} may not be used by this user; set PORT.`;
      break;
  }
  if (error instanceof RepositoryUnavailableError) {
    return `The database ${withoutPassword(settings.databaseUrl)} cannot be reached: ${oneLine(reasonOf(error))}`;
  }
  return null;
}

/** `mysql://guides:secret@db/guides` → `mysql://guides@db/guides`; what stands behind a `?` is left out too. */
export function withoutPassword(databaseUrl: string): string {
  return databaseUrl.replace(/^([a-z]+:\/\/[^:@/]*):.*@/i, '$1@').replace(/\?.*$/, '');
}

function reasonOf(error: Error): string {
  // Drivers wrap several attempts in an error without a message.
  const [first] = error.cause instanceof AggregateError ? (error.cause.errors as unknown[]) : [];
  if (first instanceof Error) return first.message;
  return error.message || (error.cause instanceof Error ? error.cause.message : 'no answer');
}

function fieldOf(error: unknown, name: 'code' | 'syscall'): unknown {
  return typeof error === 'object' && error !== null && name in error ? (error as Record<string, unknown>)[name] : null;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*[\r\n]+\s*/g, ' ');
}
