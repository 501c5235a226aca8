import { pino, type Logger } from 'pino';
import type { ServiceLogLevel } from '../contracts/settings.js';
import { visible } from '../contracts/visible-text.js';
import { readableLine } from './readable-line.js';
import { currentRequestId } from './request-scope.js';

export interface ServiceLogOptions {
  level: ServiceLogLevel;
  /** Takes a line at a time, with its newline. */
  write: (line: string) => void;
  /** For people at a terminal; else JSON, for machines. */
  readable: boolean;
}

/** Names under which secrets travel. Nothing here logs them; this is the net below. */
const SECRETS = ['authorization', 'cookie', 'password', 'passwordHash', 'token', 'secret'];

/** The log of the service: one line for each entry, with the id of the request that it belongs to. */
export function serviceLog({ level, write, readable }: ServiceLogOptions): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      mixin: () => {
        const requestId = currentRequestId();
        return requestId === null ? {} : { requestId };
      },
      redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), remove: true },
    },
    { write: (line: string) => write(withoutControls(readable ? readableLine(line) : line)) },
  );
}

/** Says what must be heard at any level: where the service listens. */
export function announce(log: Logger, message: string): void {
  log.child({}, { level: 'info' }).info(message);
}

/**
 * JSON escapes C0 controls only. The others occur inside of its strings alone, where the escape means the same; in a
 * readable line nothing else has escaped any.
 */
function withoutControls(line: string): string {
  const text = line.endsWith('\n') ? line.slice(0, -1) : line;
  return `${visible(text)}\n`;
}
