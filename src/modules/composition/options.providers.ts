import type { FactoryProvider, InjectionToken, Provider } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ConfigurationError } from '../../contracts/errors.js';
import type { GuidesSettings } from '../../contracts/settings.js';
import { OPTIONS, SETTINGS } from '../../contracts/tokens.js';
import { databaseUrlOf } from '../../repository/unit-of-work/host-data-source.js';
import { readSettings } from '../../settings.js';
import type { GuidesOptionsFactory, GuidesProcessingAsyncOptions, GuidesProcessingOptions } from '../guides-processing.options.js';

/**
 * The settings that follow from the options.
 * @param dataSource name of the host's data source that says where the database is
 */
export function settingsProvider(dataSource?: string): FactoryProvider<GuidesSettings> {
  return {
    provide: SETTINGS,
    inject: [OPTIONS, ...(dataSource === undefined ? [] : [dataSourceToken(dataSource)])],
    useFactory: ({ settings = {} }: GuidesProcessingOptions, source?: DataSource) => {
      if (!source) return readSettings(settings);
      if (settings.databaseUrl !== undefined) throw new ConfigurationError('Give dataSource or settings.databaseUrl, not both.');
      return readSettings({ ...settings, databaseUrl: databaseUrlOf(source) });
    },
  };
}

/** Under which `@nestjs/typeorm` provides a data source. */
function dataSourceToken(name: string): InjectionToken {
  return name === 'default' ? DataSource : `${name}DataSource`;
}

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
