import { RepositoryUnavailableError } from '../../contracts/errors.js';

/** Another transaction was in the way: nothing was written, the same work may simply run again. */
const CONFLICTS = new Set(['ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT', 'ER_CHECKREAD']);

const CONNECTION_LOST = new Set([
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ER_SERVER_SHUTDOWN',
  'ER_NORMAL_SHUTDOWN',
  'ER_CON_COUNT_ERROR',
  'ER_CONNECTION_KILLED',
  'ER_QUERY_INTERRUPTED',
  'ER_CLIENT_INTERACTION_TIMEOUT',
  'ERR_SOCKET_CLOSED',
]);

const UNIQUE = new Set(['ER_DUP_ENTRY', 'SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY']);

/** The driver's own code (`ER_…`, `SQLITE_…`, `E…`), wherever TypeORM wrapped it. */
export function driverCode(error: unknown): string | null {
  if (typeof error !== 'object' || error === null) return null;
  if ('driverError' in error && error.driverError !== error) {
    const inner = driverCode(error.driverError);
    if (inner !== null) return inner;
  }
  return 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/** A deadlock, a lock that took too long, or SQLite's one writer being busy. */
export function isConflict(error: unknown): boolean {
  const code = driverCode(error);
  return code !== null && (CONFLICTS.has(code) || code.startsWith('SQLITE_BUSY') || code === 'SQLITE_LOCKED');
}

export function isConnectionLost(error: unknown): boolean {
  const code = driverCode(error);
  if (code !== null && CONNECTION_LOST.has(code)) return true;
  return error instanceof Error && /Can't add new command when connection is in closed state|Pool is closed/.test(error.message);
}

export function isUniqueViolation(error: unknown): boolean {
  const code = driverCode(error);
  return code !== null && UNIQUE.has(code);
}

/** A full disk or a read-only file: the data is fine, but nothing can be written for now. */
export function isStorageFull(error: unknown): boolean {
  const code = driverCode(error);
  return code === 'SQLITE_FULL' || code === 'ER_DISK_FULL' || code === 'ER_RECORD_FILE_FULL' || (code?.startsWith('SQLITE_IOERR') ?? false);
}

/** The same error in the terms of the contracts; the cause stays attached for the log. */
export function translate(error: unknown): unknown {
  if (isConnectionLost(error)) return new RepositoryUnavailableError('The database does not answer.', { cause: error });
  if (isStorageFull(error)) return new RepositoryUnavailableError('The database cannot write: its disk is full or broken.', { cause: error });
  if (isConflict(error)) return new RepositoryUnavailableError('The database stayed busy for too long.', { cause: error });
  return error;
}
