import type { DiscoveryService } from '@nestjs/core';
import { ConfigurationError } from '../../contracts/errors.js';
import type { ProcessingStep as Step } from '../../contracts/pipeline.js';
import { ProcessingStep } from '../processing-step.decorator.js';
import { hostProviders } from './host-providers.js';

const NAME = /^[a-z][\w-]{0,63}$/i;

/**
 * Steps that the host's providers are, in the order in which they run.
 * @throws ConfigurationError for a provider that is no step or has no order, and for two of one name.
 */
export function hostSteps(discovery: DiscoveryService, taken: readonly string[]): Step[] {
  const needs = 'a name (letters, digits, - and _), a whole version from 1 on, and process()';
  const kind = { decorator: ProcessingStep, decoratorName: 'ProcessingStep', noun: 'processing step', needs, isOne: isStep };
  return hostProviders(discovery, kind, taken)
    .map(({ instance, provider, metadata }) => ({ step: instance, order: checkedOrder(provider, metadata?.order) }))
    .sort((a, b) => a.order - b.order || (a.step.name < b.step.name ? -1 : 1))
    .map(({ step }) => step);
}

function checkedOrder(provider: string, order = 0): number {
  if (!Number.isFinite(order)) throw new ConfigurationError(`${provider}: the order of @ProcessingStep() must be a number.`);
  return order;
}

function isStep(candidate: unknown): candidate is Step {
  if (typeof candidate !== 'object' || candidate === null) return false;
  const { name, version, process } = candidate as Partial<Record<keyof Step, unknown>>;
  return typeof name === 'string' && NAME.test(name) && Number.isInteger(version) && Number(version) > 0 && typeof process === 'function';
}
