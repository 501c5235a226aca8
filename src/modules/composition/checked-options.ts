import type { AssetRepository } from '../../contracts/asset-repository.js';
import type { Authenticator } from '../../contracts/auth.js';
import { ConfigurationError } from '../../contracts/errors.js';
import type { GuidesProcessingMount, GuidesProcessingOptions } from '../guides-processing.options.js';

const OPTIONS: readonly (keyof GuidesProcessingOptions)[] = ['settings', 'authenticator', 'mounts', 'runMigrations'];
const DECLARED: readonly (keyof GuidesProcessingMount)[] = ['basePath', 'dataSource', 'guard'];
const REPOSITORY: readonly (keyof AssetRepository)[] = ['kindOf', 'existing', 'scan', 'count', 'load', 'lock', 'apply'];

/**
 * What a factory of the host gave. A mistyped `authenticator` or a `guard` that nobody reads would leave the API to the wrong people.
 * @throws ConfigurationError for what is no option, or not what it is to be.
 */
export function checkedOptions(options: unknown): GuidesProcessingOptions {
  if (typeof options !== 'object' || options === null) throw new ConfigurationError('GuidesProcessingModule: the factory gave no options.');
  const declared = DECLARED.find((name) => name in options);
  if (declared !== undefined) {
    throw new ConfigurationError(`"${declared}" must be known when the module is declared: give it beside useFactory, useClass or useExisting.`);
  }
  checkNames(options, OPTIONS);
  const { authenticator, mounts = {}, runMigrations = true }: GuidesProcessingOptions = options;
  if (authenticator !== undefined && !isAuthenticator(authenticator)) throw new ConfigurationError('authenticator: needs challenge and authenticate().');
  for (const [path, repository] of Object.entries(mounts)) checkRepository(path, repository);
  if (typeof runMigrations !== 'boolean') throw new ConfigurationError('runMigrations: must be true or false.');
  return options;
}

/** @throws ConfigurationError */
export function checkDeclared(options: GuidesProcessingOptions & GuidesProcessingMount): void {
  checkNames(options, [...OPTIONS, ...DECLARED]);
}

function checkNames(options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new ConfigurationError(`There is no option "${unknown}"; there are ${known.join(', ')}.`);
}

function isAuthenticator(candidate: unknown): boolean {
  if (typeof candidate !== 'object' || candidate === null) return false;
  const { challenge, authenticate } = candidate as Partial<Record<keyof Authenticator, unknown>>;
  return typeof challenge === 'string' && typeof authenticate === 'function';
}

function checkRepository(path: string, candidate: unknown): void {
  if (typeof candidate !== 'object' || candidate === null) {
    throw new ConfigurationError(`mounts: "${String(candidate)}" at ${path} is no AssetRepository; the providers of the module are mounted by settings.mounts.`);
  }
  const methods = candidate as Partial<Record<keyof AssetRepository, unknown>>;
  const missing: string[] = REPOSITORY.filter((name) => typeof methods[name] !== 'function');
  if (typeof methods.provider !== 'string') missing.unshift('provider');
  if (missing.length > 0) throw new ConfigurationError(`mounts: what serves ${path} is no AssetRepository; it lacks ${missing.join(', ')}.`);
}
