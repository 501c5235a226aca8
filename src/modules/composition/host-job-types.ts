import type { DiscoveryService } from '@nestjs/core';
import { ASSET_PROCESSING } from '../../contracts/job.js';
import type { JobType as Type } from '../../contracts/job-type.js';
import { JobType } from '../job-type.decorator.js';
import { hostProviders } from './host-providers.js';

const NAME = /^[A-Z][A-Z0-9_]{0,63}$/;

/** The types of job that the host's providers are, found when they are first asked for: all of its providers are there then. */
export class HostJobTypes {
  private known: readonly Type[] | null = null;

  constructor(private readonly discovery: DiscoveryService) {}

  /** @throws ConfigurationError for a provider that is no type of job, and for two of one name. */
  all(): readonly Type[] {
    const needs = 'a name (capitals, digits and _), process() and store()';
    const kind = { decorator: JobType, decoratorName: 'JobType', noun: 'job type', needs, isOne: isJobType };
    this.known ??= hostProviders(this.discovery, kind, [ASSET_PROCESSING]).map(({ instance }) => instance);
    return this.known;
  }
}

function isJobType(candidate: unknown): candidate is Type {
  if (typeof candidate !== 'object' || candidate === null) return false;
  const { name, process, store } = candidate as Partial<Record<keyof Type, unknown>>;
  return typeof name === 'string' && NAME.test(name) && typeof process === 'function' && typeof store === 'function';
}
