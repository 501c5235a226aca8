import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { CliError, EXIT } from './cli-error.js';
import { isActive } from './job-display.js';
import { wholeNumber } from './option-values.js';
import { writeOut } from './standard-output.js';
import type { ServiceClient } from './service-client.js';
import { clientOf, type ServiceOptions, withServiceOptions } from './service-options.js';
import { untilInterrupted } from './watch-job.js';

/** Lines asked for at a time. */
const PAGE_LINES = 2000;
const POLL_MS = 500;

interface LogOptions extends ServiceOptions {
  tail?: number;
  follow?: boolean;
  download?: string;
}

export function addLogsCommand(program: Command): void {
  const command = program
    .command('logs')
    .description("print a job's log")
    .argument('<id>', 'the processingId')
    .option('--tail <n>', 'only the last n lines', wholeNumber(0))
    .option('--follow', 'go on with new lines until the job ends')
    .addOption(new Option('--download <file>', 'save the log and the list of failures as a ZIP archive instead').conflicts(['tail', 'follow']));
  withServiceOptions(command).action(runLogs);
}

async function runLogs(id: string, options: LogOptions): Promise<void> {
  const client = clientOf(options);
  if (options.download !== undefined) {
    await download(client, id, options.download);
    return;
  }
  await untilInterrupted(id, async (signal) => {
    const offset = options.tail === undefined ? 0 : await printTail(client, id, options.tail);
    if (options.tail === undefined || options.follow) await printFrom(client, id, offset, options.follow ?? false, signal);
  });
}

/** Returns the number of the line after the last. */
async function printTail(client: ServiceClient, id: string, tail: number): Promise<number> {
  const page = await client.logs(id, { tail });
  await print(page.lines);
  return page.offset + page.lines.length;
}

async function printFrom(client: ServiceClient, id: string, first: number, follow: boolean, signal: AbortSignal): Promise<void> {
  for (let offset = first; ; ) {
    signal.throwIfAborted();
    // Asked before the lines: those of the end are there once it has ended.
    const mayGrow = follow && isActive(await client.status(id));
    const page = await client.logs(id, { offset, limit: PAGE_LINES });
    await print(page.lines);
    offset += page.lines.length;
    if (page.hasMore) continue;
    if (!mayGrow) return;
    await delay(POLL_MS, undefined, { signal });
  }
}

async function print(lines: readonly string[]): Promise<void> {
  if (lines.length > 0) await writeOut(`${lines.join('\n')}\n`);
}

/** Under another name until it is whole. */
async function download(client: ServiceClient, processingId: string, file: string): Promise<void> {
  const archive = await client.stream('/assets/process/logs/download', { processingId }, 'application/zip');
  const partial = `${file}.${randomUUID()}.part`;
  try {
    await pipeline(Readable.fromWeb(archive), createWriteStream(partial, { flags: 'wx' }));
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw new CliError(`${file} could not be saved: ${error instanceof Error ? error.message : String(error)}.`, EXIT.failed, { cause: error });
  }
  console.log(`Saved ${file}`);
}
