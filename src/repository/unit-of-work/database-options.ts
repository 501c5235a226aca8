import { mkdirSync } from 'node:fs';
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
  ssl?: { rejectUnauthorized: boolean };
}

export type ConnectionOptions = SqliteConnection | ServerConnection;

/**
 * Reads `sqlite:<file>`, `mysql://user:password@host:port/database` or `mariadb://…`; `?socketPath=` and `?ssl=true`
 * (`?ssl=no-verify`) are understood.
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
  const ssl = parsed.searchParams.get('ssl');
  return {
    kind: 'mysql',
    scheme,
    host: parsed.hostname || '127.0.0.1',
    port: parsed.port ? Number(parsed.port) : 3306,
    user: decodeURIComponent(parsed.username),
    password: decodeURIComponent(parsed.password),
    database: decodeURIComponent(parsed.pathname.slice(1)),
    socketPath: parsed.searchParams.get('socketPath') ?? undefined,
    ssl: ssl === null || ssl === 'false' ? undefined : { rejectUnauthorized: ssl !== 'no-verify' },
  };
}

/** Makes the folder of a SQLite file, so that a fresh `DATA_DIR` just works. */
export function ensureFolder(options: SqliteConnection): void {
  mkdirSync(dirname(options.file), { recursive: true });
}

function parseServerUrl(url: string): URL | null {
  return URL.canParse(url) ? new URL(url) : null;
}
