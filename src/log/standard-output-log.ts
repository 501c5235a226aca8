import type { Logger } from 'pino';
import type { ServiceLogLevel } from '../contracts/settings.js';
import { serviceLog } from './service-log.js';

/** The log on standard output: JSON for machines, readable at a terminal. */
export function standardOutputLog(level: ServiceLogLevel): Logger {
  // Work goes on when whoever reads the log has gone away.
  process.stdout.on('error', () => undefined);
  return serviceLog({ level, write: (line) => process.stdout.write(line), readable: process.stdout.isTTY });
}
