import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ConfigurationError } from '../../contracts/errors.js';

export interface SqliteConnection {
  kind: 'sqlite';
  file: string;
}

export interface ServerConnection {
  kind: 'mysql';
  /** Which of the two the URL asks for; the server's version string decides (see `openDatabase`). */
  scheme: 'mysql' | 'mariadb';
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
  socketPath?: string;
  ssl?: TlsOptions;
}

/** As mysql2 takes them: PEM text. */
export interface TlsOptions {
  rejectUnauthorized: boolean;
  /** The certificate must be for the host of the URL. */
  verifyIdentity: boolean;
  ca?: string;
  cert?: string;
  key?: string;
}

/**
 * Probes of a connection to a server that says nothing. A host that is gone without a word (power, network) would otherwise hold
 * queries for as long as the system keeps the connection: two hours.
 */
export const KEEP_ALIVE = { enableKeepAlive: true, keepAliveInitialDelay: 10_000 } as const;

const PARAMETERS = ['socketPath', 'ssl', 'sslCa', 'sslCert', 'sslKey'];

export type ConnectionOptions = SqliteConnection | ServerConnection;

/**
 * Reads `sqlite:<file>`, `mysql://user:password@host:port/database` or `mariadb://…`, with `?socketPath=`, or for TLS `?ssl=true`
 * (`?ssl=no-verify`: whoever answers) and as PEM files, or as their text, `sslCa` (the authority that signed the server's certificate),
 * `sslCert` and `sslKey` (of this client).
 * @throws ConfigurationError that never shows the password.
 */
export function parseDatabaseUrl(url: string): ConnectionOptions {
  if (url.startsWith('sqlite:')) {
    const file = url.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '');
    if (file === '' || file === ':memory:') {
      throw new ConfigurationError('DATABASE_URL: sqlite needs a file, e.g. sqlite:./data/guides.sqlite');
    }
    return { kind: 'sqlite', file: resolve(file) };
  }
  const parsed = parseServerUrl(url);
  const scheme = parsed?.protocol === 'mysql:' ? 'mysql' : parsed?.protocol === 'mariadb:' ? 'mariadb' : null;
  if (!parsed || !scheme || parsed.pathname.length < 2) {
    throw new ConfigurationError(
      'DATABASE_URL must be sqlite:<file>, mysql://user:password@host:port/database or mariadb://user:password@host:port/database',
    );
  }
  // A mistyped one would leave the connection open to be read.
  const unknown = [...parsed.searchParams.keys()].find((name) => !PARAMETERS.includes(name));
  if (unknown !== undefined) throw new ConfigurationError(`DATABASE_URL: "${unknown}" is no parameter; use ${PARAMETERS.join(', ')}`);
  return {
    kind: 'mysql',
    scheme,
    host: parsed.hostname || '127.0.0.1',
    port: parsed.port ? Number(parsed.port) : 3306,
    user: decodeURIComponent(parsed.username),
    password: decodeURIComponent(parsed.password),
    database: decodeURIComponent(parsed.pathname.slice(1)),
    socketPath: parsed.searchParams.get('socketPath') ?? undefined,
    ssl: tlsOptions(parsed.searchParams),
  };
}

function tlsOptions(parameters: URLSearchParams): TlsOptions | undefined {
  const pem = (name: string): string | undefined => {
    const file = parameters.get(name);
    if (file === null) return undefined;
    // A host's data source has them in memory.
    if (file.startsWith('-----BEGIN ')) return file;
    try {
      return readFileSync(file, 'utf8');
    } catch {
      throw new ConfigurationError(`DATABASE_URL: ${name}: the file ${file} cannot be read`);
    }
  };
  const files = { ca: pem('sslCa'), cert: pem('sslCert'), key: pem('sslKey') };
  const mode = parameters.get('ssl') ?? (Object.values(files).some((file) => file !== undefined) ? 'true' : 'false');
  if (!['true', 'false', 'no-verify'].includes(mode)) throw new ConfigurationError('DATABASE_URL: ssl must be true, false or no-verify');
  if (mode === 'false') return undefined;
  const verify = mode === 'true';
  return { rejectUnauthorized: verify, verifyIdentity: verify, ...Object.fromEntries(Object.entries(files).filter(([, file]) => file !== undefined)) };
}

/** Makes the folder of a SQLite file, so that a fresh `DATA_DIR` just works. */
export function ensureFolder(options: SqliteConnection): void {
  mkdirSync(dirname(options.file), { recursive: true });
}

/** Null also for `mysql:` without slashes, in which everything would be the name of the database, and for what cannot be decoded. */
function parseServerUrl(url: string): URL | null {
  if (!/^\w+:\/\//.test(url) || !URL.canParse(url)) return null;
  const parsed = new URL(url);
  return [parsed.username, parsed.password, parsed.pathname].every(isDecodable) ? parsed : null;
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
