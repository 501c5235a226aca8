import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { hashPasswordSync } from '../modules/auth/password-hash.js';
import { CliError, EXIT } from './cli-error.js';

export function addHashPasswordCommand(program: Command): void {
  program
    .command('hash-password')
    .description('make the hash of a password for the configuration; asks for it without showing it, or reads it from stdin')
    .action(async () => {
      const password = process.stdin.isTTY ? await askedPassword() : await pipedPassword();
      if (password === '') throw new CliError('The password is empty.');
      console.log(hashPasswordSync(password));
    });
}

async function pipedPassword(): Promise<string> {
  const password = (await text(process.stdin)).replace(/\r?\n$/, '');
  if (/[\r\n]/.test(password)) throw new CliError('The password must be a single line.');
  return password;
}

async function askedPassword(): Promise<string> {
  const password = await ask('Password: ');
  if (password !== (await ask('The same again: '))) throw new CliError('The two passwords differ.');
  return password;
}

async function ask(question: string): Promise<string> {
  process.stderr.write(question);
  // A terminal echoes what readline writes to it; this one writes nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  const interruption = new AbortController();
  lines.on('SIGINT', () => interruption.abort());
  lines.on('close', () => interruption.abort());
  try {
    return await lines.question('', { signal: interruption.signal });
  } catch (error) {
    throw new CliError('No password was given.', EXIT.interrupted, { cause: error });
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
