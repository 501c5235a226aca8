import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';

/** The build that is tested: `npm run build` makes it, `npm test` does so by itself. */
const DIST = resolve(process.env.GUIDES_DIST ?? join(__dirname, '../../dist'));

export interface CliEnd {
  /** Null when a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface CliOptions {
  env?: Record<string, string>;
  stdin?: string;
  /** A command that ends by executing what follows it. */
  launcher?: readonly string[];
}

/** Starts the built command line with an environment that has nothing but what is given. */
export function startGuides(args: readonly string[], { env = {}, launcher = [] }: CliOptions = {}): ChildProcess {
  const file = join(DIST, 'cli.js');
  if (!existsSync(file)) throw new Error(`${file} is missing: run "npm run build" first.`);
  const [command = process.execPath, ...parameters] = [...launcher, process.execPath, file, ...args];
  return spawn(command, parameters, { env: { PATH: process.env.PATH ?? '', ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
}

/** Runs the built command line to its end. */
export async function guides(args: readonly string[], options: CliOptions = {}): Promise<CliEnd> {
  const child = startGuides(args, options);
  child.stdin?.end(options.stdin ?? '');
  return endOf(child);
}

export async function endOf(child: ChildProcess): Promise<CliEnd> {
  if (!child.stdout || !child.stderr) throw new Error('The output is not piped.');
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: code as number | null, stdout, stderr };
}
