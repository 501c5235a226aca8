import { type DynamicModule, Inject, type MiddlewareConsumer, Module, type NestModule, type Provider, RequestMethod, VERSION_NEUTRAL } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { FINDINGS_API, MOUNT_PATH, PROCESSING_API } from '../contracts/tokens.js';
import { AUTH_PROVIDERS } from './auth/auth.providers.js';
import type { GuidesProcessingAsyncOptions, GuidesProcessingMount, GuidesProcessingOptions } from './guides-processing.options.js';
import { controllersAt } from './http/controllers-at.js';
import { HTTP_CONTROLLERS, HTTP_PROVIDERS } from './http/controllers.js';
import { BASE_PATH } from './http/guides-controller.js';
import { RequestTimingMiddleware } from './http/request-timing.middleware.js';
import { EVENT_PROVIDERS } from './composition/events.providers.js';
import { asyncOptions, givenOptions, settingsProvider } from './composition/options.providers.js';
import { ProcessingLifecycle } from './composition/processing.lifecycle.js';
import { ADAPTER_PROVIDERS, PROCESSING_PROVIDERS } from './composition/processing.providers.js';

/** Bulk asset processing, mounted: the composition root. Only it and the files beside it see adapters. */
@Module({})
export class GuidesProcessingModule implements NestModule {
  constructor(@Inject(MOUNT_PATH) private readonly mountPath: string) {}

  configure(consumer: MiddlewareConsumer): void {
    const path = `${this.mountPath}{/*rest}`;
    consumer.apply(RequestTimingMiddleware).forRoutes({ path, method: RequestMethod.ALL, version: VERSION_NEUTRAL });
  }

  /** @throws ConfigurationError for what is no option. */
  static forRoot(given: GuidesProcessingOptions & GuidesProcessingMount = {}): DynamicModule {
    const { mount, options } = givenOptions(given);
    return GuidesProcessingModule.mounted(mount, [], options);
  }

  /** @throws ConfigurationError unless exactly one of `useFactory`, `useClass` and `useExisting` is given. */
  static forRootAsync(options: GuidesProcessingAsyncOptions): DynamicModule {
    return GuidesProcessingModule.mounted(options, options.imports ?? [], asyncOptions(options));
  }

  private static mounted({ basePath = BASE_PATH, dataSource, guard }: GuidesProcessingMount, imports: NonNullable<DynamicModule['imports']>, options: Provider[]): DynamicModule {
    return {
      module: GuidesProcessingModule,
      imports: [DiscoveryModule, ...imports],
      controllers: controllersAt(basePath, HTTP_CONTROLLERS, guard),
      providers: [
        ...options,
        settingsProvider(dataSource),
        { provide: MOUNT_PATH, useValue: basePath },
        ...EVENT_PROVIDERS,
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
