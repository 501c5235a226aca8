import { ConsoleLogger, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import helmet from 'helmet';

/** Warnings and errors; a failed start is told in one line by whoever starts, not by a stack as well. */
class ServiceLogger extends ConsoleLogger {
  constructor() {
    super({ logLevels: ['warn', 'error', 'fatal'] });
  }

  override error(message: unknown, ...rest: unknown[]): void {
    if (rest.at(-1) !== 'ExceptionHandler') super.error(message, ...rest);
  }
}

/** The service around a root module, ready to listen. Errors of the start are thrown, not printed. */
export async function createApp(rootModule: DynamicModule): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(rootModule, {
    // The module reads bodies itself, once it knows who sends them; its limit is `http.maxBodyBytes`.
    bodyParser: false,
    abortOnError: false,
    // A report that somebody reads slowly must not hold up a shutdown.
    forceCloseConnections: true,
    logger: new ServiceLogger(),
  });
  app.use(helmet());
  app.disable('x-powered-by');
  // Conditional requests would be answered with 304, a code that the contract does not have.
  app.disable('etag');
  return app;
}
