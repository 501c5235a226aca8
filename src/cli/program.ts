import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { CliError, EXIT } from './cli-error.js';
import { addControlCommands } from './control.commands.js';
import { addEventsCommands } from './events.commands.js';
import { addFindingsCommands } from './findings.commands.js';
import { addHashPasswordCommand } from './hash-password.command.js';
import { addImportCommand } from './import.command.js';
import { addLogsCommand } from './logs.command.js';
import { addMoveCommand } from './move.command.js';
import { addProcessCommand } from './process.command.js';
import { addStatusCommands } from './status.command.js';

/** Runs one command. Returns the exit code where something went wrong, after one sentence on stderr; else null. */
export async function runCli(argv: readonly string[]): Promise<number | null> {
  try {
    await buildProgram().parseAsync([...argv]);
    return null;
  } catch (error) {
    // Commander has already said what was wrong.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.refused;
    console.error(error instanceof CliError ? error.message : error);
    return error instanceof CliError ? error.exitCode : EXIT.failed;
  }
}

function buildProgram(): Command {
  const program = new Command('guides')
    .description('Bulk processing of structured documentation: bring content in, process it, see what came of it.')
    .version(version())
    .showHelpAfterError('Run with --help to see what is possible.')
    .exitOverride();
  addImportCommand(program);
  addMoveCommand(program);
  addProcessCommand(program);
  addStatusCommands(program);
  addLogsCommand(program);
  addControlCommands(program);
  addFindingsCommands(program);
  addEventsCommands(program);
  addHashPasswordCommand(program);
  return program.addHelpText('after', '\nExit codes: 0 done, 1 the job or the service failed, 2 wrong usage or refused, 130 interrupted.');
}

/** Beside `src` as beside `dist`: the package's own. */
function version(): string {
  const { version: text } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  return text;
}
