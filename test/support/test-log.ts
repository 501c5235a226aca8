import type { Logger } from 'pino';
import type { ServiceLogLevel } from '../../src/contracts/settings.js';
import { serviceLog } from '../../src/log/service-log.js';

/** A log on standard error. Looked up line by line, so that a test can hold it. */
export function testLog(level: ServiceLogLevel): Logger {
  return serviceLog({ level, write: (line) => process.stderr.write(line), readable: true });
}
