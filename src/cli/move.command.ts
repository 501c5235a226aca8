import type { Command } from 'commander';
import type { GuidesSettings } from '../contracts/settings.js';
import type { MoveResult } from '../modules/composition/content-move.factory.js';
import { withLocalSettings } from './local-command.js';
import { visible } from '../contracts/visible-text.js';
import { printJson, shownDuration } from './terminal.js';

export function addMoveCommand(program: Command): void {
  program
    .command('move')
    .description('move or rename an asset or folder of the repository of DATABASE_URL and DATA_DIR, with its GUIDs and all that is known of it; references to the old path break, those to the new one heal')
    .argument('<from>', 'asset or folder, for example /content/dam/guide/old')
    .argument('<to>', 'its new path, where nothing may stand yet, for example /content/dam/guide/new')
    .option('--json', 'print the result as JSON')
    .action(runMove);
}

function runMove(from: string, to: string, options: { json?: boolean }): Promise<void> {
  return withLocalSettings(async (settings) => {
    const startedMs = performance.now();
    const result = await moveIn(settings, from, to);
    if (options.json) printJson(result);
    else console.log(`Moved ${visible(result.from)} to ${visible(result.to)}: ${result.assets} assets in ${shownDuration(performance.now() - startedMs)}.`);
  });
}

async function moveIn(settings: GuidesSettings, from: string, to: string): Promise<MoveResult> {
  await import('reflect-metadata');
  const { openContentMove } = await import('../modules/composition/content-move.factory.js');
  const opened = await openContentMove(settings);
  try {
    return await opened.contentMove.move(from, to);
  } finally {
    await opened.close();
  }
}
