import type { FactoryProvider, InjectionToken, Provider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { ConfigurationError } from '../../contracts/errors.js';
import type { GuidesSettings, SettingsOverrides } from '../../contracts/settings.js';
import { MOUNT_PATH, OPTIONS, SETTINGS } from '../../contracts/tokens.js';
import { databaseUrlOf } from '../../repository/unit-of-work/host-data-source.js';
import { readSettings } from '../../settings.js';
import type { GuidesOptionsFactory, GuidesProcessingAsyncOptions, GuidesProcessingMount, GuidesProcessingOptions } from '../guides-processing.options.js';
import { checkDeclared, checkedOptions } from './checked-options.js';

/**
 * The settings that follow from the options.
 * @param dataSource name of the host's data source that says where the database is
 */
export function settingsProvider(dataSource?: string): FactoryProvider<GuidesSettings> {
  const source = dataSource === undefined ? [] : [{ token: dataSourceToken(dataSource), optional: true }];
  return {
    provide: SETTINGS,
    inject: [OPTIONS, MOUNT_PATH, ModulesContainer, ...source],
    useFactory: ({ settings = {} }: GuidesProcessingOptions, mountPath: string, modules: ModulesContainer, found?: DataSource) => {
      refuseTwice(mountPath, modules);
      return dataSource === undefined ? readSettings(settings) : settingsAt(dataSource, found, settings);
    },
  };
}

function settingsAt(name: string, source: DataSource | undefined, settings: SettingsOverrides): GuidesSettings {
  if (!source) throw new ConfigurationError(`dataSource: the host has no TypeORM data source "${name}".`);
  if (settings.databaseUrl !== undefined) throw new ConfigurationError('Give dataSource or settings.databaseUrl, not both.');
  return readSettings({ ...settings, databaseUrl: databaseUrlOf(source) });
}

/** Requests would all go to the first of them, jobs of the other would never be seen. */
function refuseTwice(mountPath: string, modules: ModulesContainer): void {
  const there = [...modules.values()].filter(({ providers }) => providers.get(MOUNT_PATH)?.instance === mountPath);
  if (there.length > 1) throw new ConfigurationError(`The module is mounted twice at "${mountPath}": give one of the mounts another basePath.`);
}

/** Under which `@nestjs/typeorm` provides a data source. */
function dataSourceToken(name: string): InjectionToken {
  return name === 'default' ? DataSource : `${name}DataSource`;
}

/** @throws ConfigurationError for what is no option. */
export function givenOptions(given: GuidesProcessingOptions & GuidesProcessingMount): { mount: GuidesProcessingMount; options: Provider[] } {
  checkDeclared(given);
  const { basePath, dataSource, guard, ...options } = given;
  return { mount: { basePath, dataSource, guard }, options: [{ provide: OPTIONS, useFactory: () => checkedOptions(options) }] };
}

/** @throws ConfigurationError unless exactly one of `useFactory`, `useClass` and `useExisting` is given. */
export function asyncOptions({ useFactory, useClass, useExisting, inject = [] }: GuidesProcessingAsyncOptions): Provider[] {
  if ([useFactory, useClass, useExisting].filter((one) => one !== undefined).length !== 1) {
    throw new ConfigurationError('GuidesProcessingModule.forRootAsync: give exactly one of useFactory, useClass and useExisting.');
  }
  if (useFactory) return [{ provide: OPTIONS, useFactory: async (...injected: never[]) => checkedOptions(await useFactory(...injected)), inject }];
  if (useClass) return [useClass, { provide: OPTIONS, useFactory: optionsOf, inject: [useClass] }];
  return useExisting ? [{ provide: OPTIONS, useFactory: optionsOf, inject: [useExisting] }] : [];
}

async function optionsOf(factory: Partial<GuidesOptionsFactory>): Promise<GuidesProcessingOptions> {
  if (typeof factory.createGuidesOptions !== 'function') throw new ConfigurationError(`${factory.constructor.name} has no createGuidesOptions().`);
  return checkedOptions(await factory.createGuidesOptions());
}
