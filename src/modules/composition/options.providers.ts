import type { FactoryProvider, Provider } from '@nestjs/common';
import { ConfigurationError } from '../../contracts/errors.js';
import type { GuidesSettings } from '../../contracts/settings.js';
import { OPTIONS, SETTINGS } from '../../contracts/tokens.js';
import { readSettings } from '../../settings.js';
import type { GuidesOptionsFactory, GuidesProcessingAsyncOptions, GuidesProcessingOptions } from '../guides-processing.options.js';

/** The settings that follow from the options. */
export const SETTINGS_PROVIDER: FactoryProvider<GuidesSettings> = {
  provide: SETTINGS,
  inject: [OPTIONS],
  useFactory: ({ settings }: GuidesProcessingOptions) => readSettings(settings ?? {}),
};

/** @throws ConfigurationError unless exactly one of `useFactory`, `useClass` and `useExisting` is given. */
export function asyncOptions({ useFactory, useClass, useExisting, inject }: GuidesProcessingAsyncOptions): Provider[] {
  if ([useFactory, useClass, useExisting].filter((one) => one !== undefined).length !== 1) {
    throw new ConfigurationError('GuidesProcessingModule.forRootAsync: give exactly one of useFactory, useClass and useExisting.');
  }
  if (useFactory) return [{ provide: OPTIONS, useFactory, inject: inject ?? [] }];
  const fromFactory = (factory: GuidesOptionsFactory): unknown => factory.createGuidesOptions();
  if (useClass) return [useClass, { provide: OPTIONS, useFactory: fromFactory, inject: [useClass] }];
  return useExisting ? [{ provide: OPTIONS, useFactory: fromFactory, inject: [useExisting] }] : [];
}
