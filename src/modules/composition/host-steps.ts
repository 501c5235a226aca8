import type { DiscoveryService } from '@nestjs/core';
import { ConfigurationError } from '../../contracts/errors.js';
import type { ProcessingStep as Step } from '../../contracts/pipeline.js';
import { ProcessingStep } from '../processing-step.decorator.js';

const NAME = /^[a-z][\w-]{0,63}$/i;

/**
 * Steps that the host's providers are, in the order in which they run.
 * @throws ConfigurationError for a provider that is no step, and for two of one name.
 */
export function hostSteps(discovery: DiscoveryService, taken: readonly string[]): Step[] {
  const found = discovery.getProviders({ metadataKey: ProcessingStep.KEY }).map((wrapper) => {
    const step: unknown = wrapper.instance;
    if (!isStep(step)) {
      throw new ConfigurationError(`${wrapper.name} has @ProcessingStep() but is no step: it needs a name (letters, digits, - and _), a whole version from 1 on, and process().`);
    }
    return { step, order: discovery.getMetadataByDecorator(ProcessingStep, wrapper)?.order ?? 0 };
  });
  // A provider that several modules provide is one instance each, of one name.
  const steps = found.sort((a, b) => a.order - b.order || (a.step.name < b.step.name ? -1 : 1)).map(({ step }) => step);
  const names = [...taken, ...steps.map(({ name }) => name)];
  const doubled = names.find((name, i) => names.indexOf(name) !== i);
  if (doubled !== undefined) throw new ConfigurationError(`There are two processing steps "${doubled}".`);
  return steps;
}

function isStep(candidate: unknown): candidate is Step {
  if (typeof candidate !== 'object' || candidate === null) return false;
  const { name, version, process } = candidate as Partial<Record<keyof Step, unknown>>;
  return typeof name === 'string' && NAME.test(name) && Number.isInteger(version) && Number(version) > 0 && typeof process === 'function';
}
