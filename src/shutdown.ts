import { constants } from 'node:os';

/** Time beyond the drain for closing the database and what else is open. */
const CLOSING_MS = 5000;

type StopSignal = 'SIGTERM' | 'SIGINT';

/**
 * The first SIGTERM or SIGINT closes the service (which drains) and exits with 0; the second exits at once, as does a
 * closing that takes longer than `drainMs` and five seconds.
 */
export function closeOnSignal(close: () => Promise<void>, drainMs: number): void {
  let closing = false;
  const stop = (signal: StopSignal): void => {
    if (closing) process.exit(128 + constants.signals[signal]);
    closing = true;
    setTimeout(() => exitWith('The service did not close in time.'), drainMs + CLOSING_MS).unref();
    close().then(
      () => process.exit(0),
      (error: unknown) => exitWith(`The service did not close cleanly: ${error instanceof Error ? error.message : String(error)}`),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function exitWith(reason: string): never {
  console.error(reason);
  process.exit(1);
}
