import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A MariaDB of a test file's own, for what the others' must not suffer: to be stopped and started again. */
export class MariadbServer {
  private readonly answers: AsyncIterator<string>;

  private constructor(private readonly keeper: ChildProcess) {
    if (!keeper.stdout) throw new Error('The keeper of MariaDB has no output.');
    this.answers = createInterface(keeper.stdout)[Symbol.asyncIterator]();
  }

  /** @param options are passed on to the server, which has no network without them. */
  static async start(options: readonly string[] = []): Promise<{ server: MariadbServer; socket: string }> {
    const missing = process.env.GUIDES_TEST_MARIADB_MISSING;
    if (missing !== undefined) throw new Error(missing);
    const keeper = spawn(process.execPath, [join(__dirname, 'mariadb-keeper.mjs'), ...options], { stdio: ['pipe', 'pipe', 'inherit'] });
    const server = new MariadbServer(keeper);
    const { socket } = await server.answer();
    if (socket === undefined) throw new Error('MariaDB named no socket.');
    return { server, socket };
  }

  async stop(): Promise<void> {
    this.keeper.stdin?.write('stop\n');
    await this.answer();
  }

  async startAgain(): Promise<void> {
    this.keeper.stdin?.write('start\n');
    await this.answer();
  }

  async remove(): Promise<void> {
    const ended = once(this.keeper, 'exit');
    this.keeper.stdin?.end();
    await ended;
  }

  private async answer(): Promise<{ socket?: string }> {
    const next = await this.answers.next();
    if (next.done) throw new Error('MariaDB ended.');
    const { error, ...answer } = JSON.parse(next.value) as { error?: string; socket?: string };
    if (error !== undefined) throw new Error(error);
    return answer;
  }
}
