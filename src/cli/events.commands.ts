import type { Command } from 'commander';
import type { DeadLetter, DeadLetterFilter, EventOutbox } from '../contracts/event-outbox.js';
import { CliError, EXIT } from './cli-error.js';
import { withLocalSettings } from './local-command.js';
import { wholeNumber } from './option-values.js';
import { visible } from '../contracts/visible-text.js';
import { printJson } from './terminal.js';

interface FilterOptions {
  receiver?: string;
  id?: string;
}

export function addEventsCommands(program: Command): void {
  const events = program.command('events').description('events that could not be delivered, in the database of DATABASE_URL and DATA_DIR');
  events
    .command('dead-letters')
    .description('list what was given up, newest first')
    .option('--receiver <name>', 'only of this webhook, or of "listeners"')
    .option('--limit <count>', 'at most so many', wholeNumber(1), 50)
    .option('--json', 'print them as JSON, with their events')
    .action(listDeadLetters);
  events
    .command('redeliver')
    .description('try dead letters anew; a service that runs takes them up by itself')
    .option('--receiver <name>', 'only of this webhook, or of "listeners"')
    .option('--id <event>', 'only this event')
    .option('--all', 'all of them')
    .action(redeliver);
}

function listDeadLetters(options: FilterOptions & { limit: number; json?: boolean }): Promise<void> {
  return withOutbox(async (outbox) => {
    const letters = await outbox.deadLetters(filterOf(options), options.limit);
    if (options.json) return printJson(letters);
    for (const letter of letters) console.log(lineOf(letter));
    if (letters.length === 0) console.log('No dead letters.');
  });
}

function redeliver(options: FilterOptions & { all?: boolean }): Promise<void> {
  if (!options.all && options.receiver === undefined && options.id === undefined) {
    throw new CliError('Say which: --receiver, --id or --all.', EXIT.refused);
  }
  return withOutbox(async (outbox) => {
    const count = await outbox.redeliver(filterOf(options));
    console.log(count === 1 ? '1 event will be delivered again.' : `${count} events will be delivered again.`);
  });
}

function withOutbox(use: (outbox: EventOutbox) => Promise<void>): Promise<void> {
  return withLocalSettings(async (settings) => {
    await import('reflect-metadata');
    const { openEventOutbox } = await import('../modules/composition/event-outbox.factory.js');
    const opened = await openEventOutbox(settings);
    try {
      await use(opened.outbox);
    } finally {
      await opened.close();
    }
  });
}

function filterOf({ receiver, id }: FilterOptions): DeadLetterFilter {
  return { receiver, eventId: id };
}

function lineOf({ receiver, event, attempts, reason, diedAtMs }: DeadLetter): string {
  const parts = [new Date(diedAtMs).toISOString(), event.id, receiver, event.name, event.path, `${attempts} tries`, reason];
  return parts.map(visible).join('  ');
}
