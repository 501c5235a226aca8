import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { FINDINGS_API, OPTIONS, PROCESSING_API } from '../contracts/tokens.js';
import { AUTH_PROVIDERS } from './auth/auth.providers.js';
import type { GuidesProcessingAsyncOptions, GuidesProcessingOptions } from './guides-processing.options.js';
import { HTTP_CONTROLLERS, HTTP_PROVIDERS } from './http/controllers.js';
import { asyncOptions, SETTINGS_PROVIDER } from './composition/options.providers.js';
import { ProcessingLifecycle } from './composition/processing.lifecycle.js';
import { ADAPTER_PROVIDERS, PROCESSING_PROVIDERS } from './composition/processing.providers.js';

/** Bulk asset processing, mounted: the composition root. Only it and the files beside it see adapters. */
@Module({})
export class GuidesProcessingModule {
  static forRoot(options: GuidesProcessingOptions = {}): DynamicModule {
    return GuidesProcessingModule.mounted([], [{ provide: OPTIONS, useValue: options }]);
  }

  /** @throws ConfigurationError unless exactly one of `useFactory`, `useClass` and `useExisting` is given. */
  static forRootAsync(options: GuidesProcessingAsyncOptions): DynamicModule {
    return GuidesProcessingModule.mounted(options.imports ?? [], asyncOptions(options));
  }

  private static mounted(imports: NonNullable<DynamicModule['imports']>, options: Provider[]): DynamicModule {
    return {
      module: GuidesProcessingModule,
      imports: [ScheduleModule.forRoot(), ...imports],
      controllers: HTTP_CONTROLLERS,
      providers: [
        ...options,
        SETTINGS_PROVIDER,
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
