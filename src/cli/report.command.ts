import type { Command } from 'commander';
import { CliError, EXIT } from './cli-error.js';
import { clientOf, type ServiceOptions, withServiceOptions } from './service-options.js';
import { writeOut } from './standard-output.js';

export function addReportCommand(program: Command): void {
  const command = program
    .command('report')
    .description('print what processing found out, a line of JSON per asset (NDJSON)')
    .argument('<path>', 'repository path, for example /content/dam/guide');
  withServiceOptions(command).action(runReport);
}

async function runReport(path: string, options: ServiceOptions): Promise<void> {
  const lines = await clientOf(options).stream('/assets/report', { path }, 'application/x-ndjson');
  try {
    for await (const chunk of lines) await writeOut(chunk);
  } catch (error) {
    throw new CliError('The report broke off before its end: the service failed or stopped.', EXIT.failed, { cause: error });
  }
}
