import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import type { Database } from '../../src/repository/unit-of-work/database.js';
import { openDatabase, type OpenDatabaseOptions } from '../../src/repository/unit-of-work/open-database.js';

/** The databases that every contract is run on. */
export const DATABASES = ['SQLite', 'MariaDB'] as const;
export type DatabaseName = (typeof DATABASES)[number];

/** An empty database of a test file's own, with a folder beside it for files; gone after `drop`. */
export class TestDatabase {
  private readonly opened: Database[] = [];

  private constructor(
    readonly name: DatabaseName,
    readonly url: string,
    readonly folder: string,
    private readonly dropDatabase: () => Promise<void>,
  ) {}

  static async create(name: DatabaseName): Promise<TestDatabase> {
    const folder = mkdtempSync(join(tmpdir(), 'guides-contract-'));
    if (name === 'SQLite') return new TestDatabase(name, `sqlite:${join(folder, 'guides.sqlite')}`, folder, () => Promise.resolve());
    const database = `guides_${randomUUID().replaceAll('-', '')}`;
    await queryMariadb(`CREATE DATABASE ${database}`);
    return new TestDatabase(name, mariadbUrl(database), folder, () => queryMariadb(`DROP DATABASE ${database}`));
  }

  /** Connections as one instance of the service has them; closed by `drop`. */
  async open(options?: OpenDatabaseOptions): Promise<Database> {
    const database = await openDatabase(this.url, options);
    this.opened.push(database);
    return database;
  }

  async drop(): Promise<void> {
    for (const database of this.opened) await database.close();
    await this.dropDatabase();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function mariadbUrl(database: string): string {
  return `mariadb://root@localhost/${database}?socketPath=${encodeURIComponent(mariadbSocket())}`;
}

/** The server of the tests, to be put a proxy in front of. */
export function mariadbServer(): { path: string } {
  return { path: mariadbSocket() };
}

async function queryMariadb(sql: string): Promise<void> {
  const connection = await createConnection({ socketPath: mariadbSocket(), user: 'root' });
  try {
    await connection.query(sql);
  } finally {
    await connection.end();
  }
}

/** @throws Error that says what to install where the run has no MariaDB. */
function mariadbSocket(): string {
  const { GUIDES_TEST_MARIADB_SOCKET: socket, GUIDES_TEST_MARIADB_MISSING: missing } = process.env;
  if (socket === undefined) throw new Error(missing ?? 'The global set-up of the tests has started no MariaDB.');
  return socket;
}

/** Resolves when a statement on this database waits for a lock; at once on SQLite, whose writers wait in a queue. */
export async function untilSomebodyWaits(database: Database): Promise<void> {
  if (database.dialect.isSqlite) return;
  // Not information_schema.innodb_trx: it is a copy that is renewed only when nobody has read it for 100 ms.
  for (;;) {
    const [status] = await database.reader.query<{ Status: string }>('SHOW ENGINE INNODB STATUS');
    const waiting = [...(status?.Status ?? '').matchAll(/\nLOCK WAIT [^\n]*\n(?:MariaDB|MySQL) thread id (\d+),/g)].map(([, id]) => Number(id));
    // Others use the server too.
    const own = await database.reader.query<{ id: number | string }>('SELECT id FROM information_schema.processlist WHERE db = DATABASE()');
    if (own.some(({ id }) => waiting.includes(Number(id)))) return;
  }
}
