import type { Provider, Type } from '@nestjs/common';
import { DatabaseCheck } from './database-check.js';
import { HealthController } from './health.controller.js';
import { JobAccess } from './job-access.js';
import { JobChanges } from './job-changes.js';
import { JobEventsController } from './job-events.controller.js';
import { JobStatusController } from './job-status.controller.js';
import { LogDownloadController } from './log-download.controller.js';
import { ProcessController } from './process.controller.js';
import { KeySpacesController } from './key-spaces.controller.js';
import { ReferencesController } from './references.controller.js';
import { ReportController } from './report.controller.js';
import { SystemController } from './system.controller.js';
import { UnknownRouteController } from './unknown-route.controller.js';

/** In the order in which routes are tried: what takes every path comes last. */
export const HTTP_CONTROLLERS: Type[] = [
  ProcessController,
  JobStatusController,
  LogDownloadController,
  JobEventsController,
  ReportController,
  ReferencesController,
  KeySpacesController,
  SystemController,
  HealthController,
  UnknownRouteController,
];

/** What the controllers need besides AUTHENTICATORS, PROCESSING_API, FINDINGS_API, SETTINGS and SYSTEM_PROBE. */
export const HTTP_PROVIDERS: Provider[] = [JobAccess, JobChanges, DatabaseCheck];
