import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import { refuseWithoutHost } from './broken-request.js';
import type { ConnectionLimits } from './contracts/settings.js';
import { NestLog } from './log/nest-log.js';
import { requestLog } from './log/request-log.js';
import { withDecodableUrl } from './decodable-url.js';
import { ServiceHttpAdapter } from './service-http.adapter.js';

/** The service around a root module, ready to listen. Errors of the start are thrown, not printed. */
export async function createApp(rootModule: DynamicModule, log: Logger, limits: ConnectionLimits): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(rootModule, new ServiceHttpAdapter(limits), {
    // The module reads bodies itself, once it knows who sends them; its limit is `http.maxBodyBytes`.
    bodyParser: false,
    abortOnError: false,
    logger: new NestLog(log),
  });
  app.use(refuseWithoutHost);
  app.use(requestLog(log));
  app.use(withDecodableUrl);
  app.use(helmet());
  app.set('trust proxy', limits.trustedProxies);
  app.disable('x-powered-by');
  // Conditional requests would be answered with 304, a code that the contract does not have.
  app.disable('etag');
  return app;
}
