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
  for (const [name, value] of Object.entries(tlsParameters(ssl))) url.searchParams.set(name, value);
  return url.href;
}

function tlsParameters(ssl: unknown): Record<string, string> {
  if (ssl === undefined || ssl === null || ssl === false) return {};
  if (typeof ssl !== 'object') return { ssl: 'true' };
  const { rejectUnauthorized, ca, cert, key } = ssl as { [name in 'rejectUnauthorized' | 'ca' | 'cert' | 'key']?: unknown };
  const files = { sslCa: pemText(ca), sslCert: pemText(cert), sslKey: pemText(key) };
  return { ssl: rejectUnauthorized === false ? 'no-verify' : 'true', ...Object.fromEntries(Object.entries(files).filter(([, text]) => text !== '')) };
}

/** As TLS in Node takes it: text or bytes, or a list of these. */
function pemText(pem: unknown): string {
  if (Array.isArray(pem)) return pem.map(pemText).join('\n');
  return typeof pem === 'string' || Buffer.isBuffer(pem) ? pem.toString().trimStart() : '';
}
