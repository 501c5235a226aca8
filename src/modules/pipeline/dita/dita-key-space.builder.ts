import type { BuiltKeySpace, KeyBinding, KeyScopeInfo, KeySpaceBuilder, KeySpaceFiles, KeySpaceReport } from '../../../contracts/key-space.js';
import { reportKeySpace } from './key-space-references.js';
import type { KeyScope } from './key-space-scopes.js';
import { type KeySpace, loadKeySpace } from './key-space.js';

/** Key spaces of DITA maps. */
export class DitaKeySpaceBuilder implements KeySpaceBuilder {
  async build(files: KeySpaceFiles, rootMap: string): Promise<BuiltKeySpace> {
    return new DitaKeySpace(await loadKeySpace(files, rootMap));
  }
}

class DitaKeySpace implements BuiltKeySpace {
  readonly rootMap: string;
  readonly maps: readonly string[];
  readonly scopes: readonly KeyScopeInfo[];
  readonly isComplete: boolean;

  constructor(private readonly space: KeySpace) {
    this.rootMap = space.rootMap;
    this.maps = [...space.mapPaths];
    this.scopes = space.scopes.map(scopeInfo);
    this.isComplete = space.isComplete;
  }

  *ownKeys(scopeId: number): Generator<[key: string, binding: KeyBinding]> {
    for (const [key, source] of this.space.scopes[scopeId]?.own ?? []) yield [key, this.space.binding(source)];
  }

  report(files: KeySpaceFiles): Promise<KeySpaceReport> {
    return reportKeySpace(this.space, files);
  }
}

function scopeInfo({ id, names, parent, definedBy }: KeyScope): KeyScopeInfo {
  return { id, names, parent: parent?.id ?? null, definedBy };
}
