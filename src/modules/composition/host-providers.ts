import type { DiscoverableDecorator, DiscoveryService } from '@nestjs/core';
import { ConfigurationError } from '../../contracts/errors.js';

/** What the providers of a kind are to be. */
export interface ProviderKind<T, M> {
  decorator: DiscoverableDecorator<M>;
  /** Name of the decorator and of the kind, for messages. */
  decoratorName: string;
  noun: string;
  /** What a provider needs to be one, for messages. */
  needs: string;
  isOne: (candidate: unknown) => candidate is T;
}

export interface HostProvider<T, M> {
  instance: T;
  /** Its name among the host's providers, for messages. */
  provider: string;
  metadata: M | undefined;
}

/**
 * The providers of the host that carry the decorator, with what it says of them. A provider that several modules provide is one
 * instance each, of one name.
 * @throws ConfigurationError for a provider that is not what it is said to be, and for two of one name.
 */
export function hostProviders<T extends { readonly name: string }, M>(
  discovery: DiscoveryService,
  kind: ProviderKind<T, M>,
  taken: readonly string[],
): HostProvider<T, M>[] {
  const found = discovery.getProviders({ metadataKey: kind.decorator.KEY }).map((wrapper) => {
    const instance: unknown = wrapper.instance;
    const provider = String(wrapper.name);
    if (!kind.isOne(instance)) throw new ConfigurationError(`${provider} has @${kind.decoratorName}() but is no ${kind.noun}: it needs ${kind.needs}.`);
    return { instance, provider, metadata: discovery.getMetadataByDecorator(kind.decorator, wrapper) };
  });
  const names = [...taken.map((name) => [name, 'one of the module']), ...found.map(({ instance, provider }) => [instance.name, provider])];
  const seen = new Map<string, string>();
  for (const [name = '', provider = ''] of names) {
    const first = seen.get(name);
    if (first !== undefined) throw new ConfigurationError(`There are two ${kind.noun}s "${name}": ${first} and ${provider}.`);
    seen.set(name, provider);
  }
  return found;
}
