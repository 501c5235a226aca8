import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';

const BINARIES = ['/usr/sbin/mariadbd', '/usr/local/sbin/mariadbd', '/usr/libexec/mariadbd'];
const START_MS = 30_000;

/** Why there is no MariaDB to test on; null when there is one. */
export function mariadbMissing(): string | null {
  return BINARIES.some(existsSync) ? null : 'MariaDB is not installed (apt-get install mariadb-server): its tests are skipped.';
}

/** A MariaDB server of a test's own, on a socket in a temporary folder; gone with all its data after `stop`. */
export class PrivateMariadb {
  private databases = 0;

  private constructor(
    private readonly folder: string,
    private readonly server: ChildProcess,
  ) {}

  static async start(): Promise<PrivateMariadb> {
    const folder = mkdtempSync(join(tmpdir(), 'guides-mariadb-'));
    const { username } = userInfo();
    execFileSync('mariadb-install-db', [`--datadir=${folder}`, `--user=${username}`, '--auth-root-authentication-method=normal', '--skip-test-db'], { stdio: 'ignore' });
    const binary = BINARIES.find(existsSync) ?? 'mariadbd';
    const server = spawn(binary, ['--no-defaults', `--user=${username}`, `--datadir=${folder}`, `--socket=${folder}/socket`, '--skip-networking'], { stdio: 'ignore' });
    const mariadb = new PrivateMariadb(folder, server);
    await mariadb.untilItAnswers();
    return mariadb;
  }

  /** The URL of a new, empty database. */
  async createDatabase(): Promise<string> {
    const name = `guides${++this.databases}`;
    await this.query(`CREATE DATABASE ${name}`);
    return `mariadb://root@localhost/${name}?socketPath=${encodeURIComponent(this.socket)}`;
  }

  async stop(): Promise<void> {
    const exited = once(this.server, 'exit');
    this.server.kill('SIGTERM');
    await exited;
    rmSync(this.folder, { recursive: true, force: true });
  }

  private get socket(): string {
    return join(this.folder, 'socket');
  }

  private async query(sql: string): Promise<void> {
    const connection = await createConnection({ socketPath: this.socket, user: 'root' });
    try {
      await connection.query(sql);
    } finally {
      await connection.end();
    }
  }

  private async untilItAnswers(): Promise<void> {
    for (const giveUpAt = Date.now() + START_MS; ; ) {
      try {
        await this.query('SELECT 1');
        return;
      } catch (error) {
        if (Date.now() > giveUpAt || this.server.exitCode !== null) throw error;
        await delay(50);
      }
    }
  }
}
