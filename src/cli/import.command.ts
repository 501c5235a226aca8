import type { Command } from 'commander';
import type { GuidesSettings } from '../contracts/settings.js';
import type { ImportProgress, ImportResult } from '../modules/composition/content-import.factory.js';
import { CliError, EXIT } from './cli-error.js';
import { withLocalSettings } from './local-command.js';
import { ProgressDisplay } from './progress-display.js';
import { visible } from '../contracts/visible-text.js';
import { printJson, shownBytes, shownDuration } from './terminal.js';

/** Skipped entries that are shown; `--json` has more. */
const SHOWN_SKIPS = 20;

export function addImportCommand(program: Command): void {
  program
    .command('import')
    .description('bring a folder or ZIP archive into the repository of DATABASE_URL and DATA_DIR; nothing is removed, unchanged files are left alone, and an import that was interrupted is simply run again')
    .argument('<source>', 'folder or ZIP archive')
    .argument('<path>', 'repository folder, for example /content/dam/guide')
    .option('--json', 'print the totals as JSON')
    .action(runImport);
}

function runImport(source: string, targetPath: string, options: { json?: boolean }): Promise<void> {
  return withLocalSettings(async (settings) => {
    const startedMs = performance.now();
    const result = await importInto(settings, source, targetPath);
    if (options.json) return printJson(result);
    const { withoutPassword } = await import('../startup-failure.js');
    printResult(result, `${targetPath} (${withoutPassword(settings.databaseUrl)})`, performance.now() - startedMs);
  });
}

async function importInto(settings: GuidesSettings, source: string, targetPath: string): Promise<ImportResult> {
  await import('reflect-metadata');
  const { openContentImport } = await import('../modules/composition/content-import.factory.js');
  const opened = await openContentImport(settings);
  try {
    const content = await opened.openSource(source);
    const display = new ProgressDisplay('Importing');
    try {
      return await untilStopped((signal) =>
        opened.contentImport.run(content, {
          targetPath,
          createdBy: process.env.GUIDES_USER ?? 'admin',
          signal,
          onProgress: (progress) => show(display, progress),
        }),
      );
    } finally {
      display.stop();
      await content.close();
    }
  } finally {
    await opened.close();
  }
}

/** The first Ctrl-C lets the batch in work end; the second ends at once, which loses no more than that batch. */
async function untilStopped<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interruption = new AbortController();
  const stop = (): void => {
    if (interruption.signal.aborted) process.exit(EXIT.interrupted);
    console.error('Stopping after the files in work; press Ctrl-C again to stop at once.');
    interruption.abort();
  };
  process.on('SIGINT', stop);
  try {
    return await work(interruption.signal);
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    throw new CliError('Stopped. What was imported stays; run the same command again to import the rest.', EXIT.interrupted);
  } finally {
    process.off('SIGINT', stop);
  }
}

function show(display: ProgressDisplay, { filesDone, filesTotal, bytesDone, bytesTotal }: ImportProgress): void {
  const text = `${filesDone} of ${filesTotal} files, ${shownBytes(bytesDone)} of ${shownBytes(bytesTotal)}`;
  // By bytes, because files differ too much in size; by files where all are empty.
  const [done, total] = bytesTotal > 0 ? [bytesDone, bytesTotal] : [filesDone, filesTotal];
  display.show({ done, total, text });
}

function printResult(result: ImportResult, into: string, elapsedMs: number): void {
  const { created, updated, unchanged, folders, skippedCount, skipped, bytes } = result;
  for (const { name, reason } of skipped.slice(0, SHOWN_SKIPS)) console.error(`Skipped: ${visible(name)} ${visible(reason)}.`);
  if (skippedCount > SHOWN_SKIPS) console.error(`Skipped: ${skippedCount - SHOWN_SKIPS} more; --json lists up to 1000.`);
  console.log(`${created} created, ${updated} updated, ${unchanged} unchanged, ${skippedCount} skipped in ${folders} folders`);
  console.log(`Imported into ${into}: ${shownBytes(bytes)} read in ${shownDuration(elapsedMs)}.`);
}
