import { type Command, Option } from 'commander';
import { FILE_TYPES } from '../contracts/asset.js';
import { ASSET_PROCESSING } from '../contracts/job.js';
import { jobFields } from './job-display.js';
import { collected } from './option-values.js';
import type { StartBody } from './service-client.js';
import { clientOf, type ServiceOptions, withServiceOptions } from './service-options.js';
import { printJson } from './terminal.js';
import { exitCodeOf, watchJob } from './watch-job.js';

interface ProcessOptions extends ServiceOptions {
  type: string;
  exclude?: string[];
  fileType?: string[];
  newOnly?: boolean;
  dryRun?: boolean;
  wait?: boolean;
  json?: boolean;
}

export function addProcessCommand(program: Command): void {
  const command = program
    .command('process')
    .description('start a job over a folder or asset')
    .argument('<path>', 'repository path, for example /content/dam/guide')
    .option('--exclude <path>', 'leave this folder or asset out; may be given several times', collected)
    .addOption(new Option('--file-type <type>', `only ${FILE_TYPES.join(', ')}; may be given several times`).argParser(collected))
    .option('--type <type>', 'type of the job', ASSET_PROCESSING)
    .option('--new-only', 'leave out what has not changed since it was processed successfully')
    .option('--dry-run', 'only count what would be processed, and wait for the count')
    .option('--wait', 'wait for the end of the job; the exit code is 1 when it fails')
    .option('--json', 'print the answer as JSON');
  withServiceOptions(command).action(runProcess);
}

async function runProcess(path: string, options: ProcessOptions): Promise<void> {
  const client = clientOf(options);
  const { processingId } = await client.start(bodyOf(path, options));
  if (!options.wait && !options.dryRun) {
    if (options.json) printJson({ processingId });
    else console.log(`Started job ${processingId}\nWatch it with: guides status ${processingId} --watch`);
    return;
  }
  console.error(`Started job ${processingId}`);
  const job = await watchJob(client, processingId);
  if (options.json) printJson(job);
  else console.log(jobFields(job));
  process.exitCode = exitCodeOf(job);
}

function bodyOf(path: string, { type, exclude, fileType, newOnly, dryRun }: ProcessOptions): StartBody {
  const filter = { ...(fileType ? { fileTypes: fileType } : {}), ...(newOnly ? { filterProcessedAssets: true } : {}) };
  return {
    path,
    type,
    ...(exclude ? { excludedPaths: exclude } : {}),
    ...(Object.keys(filter).length > 0 ? { filter } : {}),
    ...(dryRun ? { dryRun } : {}),
  };
}
