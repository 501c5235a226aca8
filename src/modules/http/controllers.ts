import type { Provider, Type } from '@nestjs/common';
import { AssetStatusController } from './asset-status.controller.js';
import { DatabaseCheck } from './database-check.js';
import { HealthController } from './health.controller.js';
import { JobAccess } from './job-access.js';
import { JobChanges } from './job-changes.js';
import { JobEventsController } from './job-events.controller.js';
import { JobStatusController } from './job-status.controller.js';
import { LogDownloadController } from './log-download.controller.js';
import { ApiDocument } from './openapi/api-document.js';
import { ApiDocumentController } from './openapi/api-document.controller.js';
import { ProcessController } from './process.controller.js';
import { KeySpacesController } from './key-spaces.controller.js';
import { MetricsController } from './metrics.controller.js';
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
  AssetStatusController,
  ReportController,
  ReferencesController,
  KeySpacesController,
  SystemController,
  MetricsController,
  HealthController,
  ApiDocumentController,
  UnknownRouteController,
];

/** What the controllers need besides AUTHENTICATORS, PROCESSING_API, FINDINGS_API, ASSET_STATUS_API, METRICS_API, SETTINGS and SYSTEM_PROBE. */
export const HTTP_PROVIDERS: Provider[] = [JobAccess, JobChanges, DatabaseCheck, ApiDocument];
