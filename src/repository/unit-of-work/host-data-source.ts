import type { DataSource } from 'typeorm';
import { ConfigurationError } from '../../contracts/errors.js';

interface ServerOptions {
  url?: string;
  host?: string;
  port?: number;
  username?: string;
  password?: string;
  database?: string;
  socketPath?: string;
  ssl?: unknown;
  replication?: { master: ServerOptions };
}

/**
 * The database that a host's data source is connected to, as a `databaseUrl`. The module opens a pool of its own on it: the host's
 * may read VARBINARY, big integers and times in another way, and has no connections to spare for a job.
 * @throws ConfigurationError for a data source that cannot be shared.
 */
export function databaseUrlOf(source: DataSource): string {
  const { type } = source.options;
  if (type === 'better-sqlite3' || type === 'sqljs') {
    throw new ConfigurationError(
      'dataSource: a SQLite file has one writer, and two in one process block each other. Leave dataSource out: the module keeps a file of its own below dataDir.',
    );
  }
  if (type !== 'mysql' && type !== 'mariadb') throw new ConfigurationError(`dataSource: the module works on MariaDB and MySQL, not on ${type}.`);
  return urlOf(source.options, type);
}

function urlOf(options: ServerOptions, scheme: 'mysql' | 'mariadb'): string {
  const { url: written, host = '127.0.0.1', port = 3306, username = '', password = '', database = '', socketPath, ssl } = options.replication?.master ?? options;
  const url = new URL(written ?? `${scheme}://${host}:${port}`);
  if (username !== '') url.username = encodeURIComponent(username);
  if (password !== '') url.password = encodeURIComponent(password);
  if (database !== '') url.pathname = `/${encodeURIComponent(database)}`;
  if (socketPath !== undefined) url.searchParams.set('socketPath', socketPath);
  if (ssl !== undefined && ssl !== false && ssl !== null) url.searchParams.set('ssl', isUnverified(ssl) ? 'no-verify' : 'true');
  return url.href;
}

function isUnverified(ssl: unknown): boolean {
  return typeof ssl === 'object' && ssl !== null && 'rejectUnauthorized' in ssl && ssl.rejectUnauthorized === false;
}
