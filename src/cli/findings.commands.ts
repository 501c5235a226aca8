import type { Command } from 'commander';
import { CliError, EXIT } from './cli-error.js';
import type { ReferencePageView } from './service-client.js';
import { clientOf, type ServiceOptions, withServiceOptions } from './service-options.js';
import { writeOut } from './standard-output.js';

const PATH = '<path>';
const PATH_HELP = 'repository path, for example /content/dam/guide';

/** `report`, `keyspaces`, `references`, `broken-links`: what processing found out, for programs to read. */
export function addFindingsCommands(program: Command): void {
  withServiceOptions(program.command('report').argument(PATH, PATH_HELP))
    .description('print what processing found out, a line of JSON per asset (NDJSON)')
    .action((path: string, options: ServiceOptions) => printStream('/assets/report', { path }, options));
  withServiceOptions(program.command('keyspaces').argument(PATH, PATH_HELP))
    .description('print the keys of each root map and what every key reference comes to, a line of JSON per root map (NDJSON)')
    .option('--key <name>', 'only where this key is defined')
    .action((path: string, options: ServiceOptions & { key?: string }) =>
      printStream('/assets/keyspaces', options.key === undefined ? { path } : { path, key: options.key }, options),
    );
  withServiceOptions(program.command('references').argument(PATH, PATH_HELP))
    .description('print the references of an asset with what they lead to, a line of JSON per reference (NDJSON)')
    .option('--incoming', 'references of others to it instead')
    .action((path: string, options: ServiceOptions & { incoming?: boolean }) =>
      printPages('/assets/references', { path, direction: options.incoming === true ? 'incoming' : 'outgoing' }, options),
    );
  withServiceOptions(program.command('broken-links').argument(PATH, PATH_HELP))
    .description('print references whose target is missing, a line of JSON per reference (NDJSON)')
    .action((path: string, options: ServiceOptions) => printPages('/assets/brokenlinks', { path }, options));
}

async function printStream(route: string, query: Record<string, string>, options: ServiceOptions): Promise<void> {
  const lines = await clientOf(options).stream(route, query, 'application/x-ndjson');
  try {
    for await (const chunk of lines) await writeOut(chunk);
  } catch (error) {
    throw new CliError('The answer broke off before its end: the service failed or stopped.', EXIT.failed, { cause: error });
  }
}

async function printPages(route: string, query: Record<string, string>, options: ServiceOptions): Promise<void> {
  const client = clientOf(options);
  let after: string | null = null;
  do {
    const { references, next }: ReferencePageView = await client.references(route, after === null ? query : { ...query, after });
    for (const reference of references) await writeOut(Buffer.from(`${JSON.stringify(reference)}\n`));
    after = next;
  } while (after !== null);
}
