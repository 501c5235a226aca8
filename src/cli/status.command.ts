import type { Command } from 'commander';
import { isActive, jobFields, jobTable } from './job-display.js';
import { wholeNumber } from './option-values.js';
import type { JobStatusView, ServiceClient } from './service-client.js';
import { clientOf, type ServiceOptions, withServiceOptions } from './service-options.js';
import { printJson } from './terminal.js';
import { exitCodeOf, watchJob } from './watch-job.js';

const NO_JOBS = 'No job has run yet; start one with: guides process <path>';

export function addStatusCommands(program: Command): void {
  const status = program
    .command('status')
    .description('show a job, the newest one when none is named')
    .argument('[id]', 'the processingId')
    .option('--watch', 'show its progress until it ends; the exit code is 1 when it fails')
    .option('--json', 'print the status object as JSON');
  withServiceOptions(status).action(runStatus);

  const history = program
    .command('history')
    .description('list jobs, newest first')
    .option('--limit <n>', 'how many', wholeNumber(1))
    .option('--json', 'print the status objects as JSON');
  withServiceOptions(history).action(runHistory);
}

async function runStatus(id: string | undefined, options: ServiceOptions & { watch?: boolean; json?: boolean }): Promise<void> {
  const client = clientOf(options);
  const found = id === undefined ? await newest(client) : await client.status(id);
  if (!found) {
    if (options.json) printJson(null);
    else console.log(NO_JOBS);
    return;
  }
  const job = options.watch && isActive(found) ? await watchJob(client, found.processingId) : found;
  if (options.json) printJson(job);
  else console.log(jobFields(job));
  if (options.watch) process.exitCode = exitCodeOf(job);
}

async function runHistory(options: ServiceOptions & { limit?: number; json?: boolean }): Promise<void> {
  const jobs = await clientOf(options).history(options.limit);
  if (options.json) printJson(jobs);
  else console.log(jobs.length === 0 ? NO_JOBS : jobTable(jobs));
}

async function newest(client: ServiceClient): Promise<JobStatusView | undefined> {
  return (await client.history(1)).at(0);
}
