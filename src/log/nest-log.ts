import { inspect } from 'node:util';
import type { LoggerService } from '@nestjs/common';
import type { Level, Logger } from 'pino';

/** Who tells of each route and module at every start. */
const START_CHATTER = new Set(['InstanceLoader', 'NestApplication', 'NestFactory', 'RouterExplorer', 'RoutesResolver']);

/** Nest's own words, and those of every `Logger` of the module, in the log of the service. */
export class NestLog implements LoggerService {
  constructor(private readonly target: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.write(START_CHATTER.has(contextOf(rest) ?? '') ? 'debug' : 'info', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    // A failed start is told in one line by whoever starts, not by a stack as well.
    if (contextOf(rest) !== 'ExceptionHandler') this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  private write(level: Level, message: unknown, rest: readonly unknown[]): void {
    const context = contextOf(rest);
    const stack = rest.find((value) => typeof value === 'string' && value.includes('\n    at '));
    const fields = { ...(context === null ? {} : { context }), ...(stack === undefined ? {} : { stack }) };
    this.target[level](fields, typeof message === 'string' ? message : inspect(message, { depth: 3 }));
  }
}

/** Nest hands on the name of whoever speaks as the last argument. */
function contextOf(rest: readonly unknown[]): string | null {
  const last = rest.at(-1);
  return typeof last === 'string' && !last.includes('\n') ? last : null;
}
