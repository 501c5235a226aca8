import { ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { CmsModule } from './cms.module.js';

/** The application as it is served: a prefix and a pipe for everything that is the CMS's own. */
export async function createCms(): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(CmsModule, { logger: ['warn', 'error'] });
  app.setGlobalPrefix('cms');
  app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }));
  app.enableShutdownHooks();
  return app;
}
