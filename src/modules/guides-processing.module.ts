import { type DynamicModule, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { FINDINGS_API, PROCESSING_API, SETTINGS } from '../contracts/tokens.js';
import { AUTH_PROVIDERS } from './auth/auth.providers.js';
import type { GuidesProcessingOptions } from './guides-processing.options.js';
import { HTTP_CONTROLLERS, HTTP_PROVIDERS } from './http/controllers.js';
import { ProcessingLifecycle } from './composition/processing.lifecycle.js';
import { ADAPTER_PROVIDERS, PROCESSING_PROVIDERS } from './composition/processing.providers.js';

/** Bulk asset processing, mounted: the composition root. Only it and the files beside it see adapters. */
@Module({})
export class GuidesProcessingModule {
  static forRoot(options: GuidesProcessingOptions): DynamicModule {
    return {
      module: GuidesProcessingModule,
      imports: [ScheduleModule.forRoot()],
      controllers: HTTP_CONTROLLERS,
      providers: [
        { provide: SETTINGS, useValue: options.settings },
        ...ADAPTER_PROVIDERS,
        ...PROCESSING_PROVIDERS,
        ...AUTH_PROVIDERS,
        ...HTTP_PROVIDERS,
        ProcessingLifecycle,
      ],
      exports: [PROCESSING_API, FINDINGS_API],
    };
  }
}
