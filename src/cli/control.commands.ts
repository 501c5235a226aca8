import type { Command } from 'commander';
import { jobFields } from './job-display.js';
import { clientOf, type ServiceOptions, withServiceOptions } from './service-options.js';
import { printJson } from './terminal.js';

type ControlOptions = ServiceOptions & { json?: boolean };

export function addControlCommands(program: Command): void {
  control(program, 'cancel', 'cancel a job that waits or runs');
  control(program, 'resume', 'go on with a job that failed or was cancelled, where it stopped');
  const restart = program.command('restart').description('start a new job with the same request as one that has ended').argument('<id>', 'the processingId');
  withServiceOptions(restart.option('--json', 'print the answer as JSON')).action(async (id: string, options: ControlOptions) => {
    const { processingId } = await clientOf(options).restart(id);
    if (options.json) printJson({ processingId });
    else console.log(`Started job ${processingId}`);
  });
}

function control(program: Command, action: 'cancel' | 'resume', description: string): void {
  const command = program.command(action).description(description).argument('<id>', 'the processingId');
  withServiceOptions(command.option('--json', 'print the status object as JSON')).action(async (id: string, options: ControlOptions) => {
    const job = await clientOf(options).control(action, id);
    if (options.json) printJson(job);
    else console.log(jobFields(job));
  });
}
