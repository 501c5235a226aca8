import type { AssetFacts, Reference } from '../../src/contracts/asset.js';
import type { ReferenceTarget } from '../../src/contracts/reference-rules.js';
import type { KeySpaceFile, KeySpaceFiles } from '../../src/contracts/key-space.js';

/** Processed files of a folder in memory, for key spaces; counts what was asked for. */
export class MemoryKeySpaceFiles implements KeySpaceFiles {
  largestRequest = 0;

  constructor(private readonly files: ReadonlyMap<string, { path: string; facts: AssetFacts; refs: Reference[] }>) {}

  async load(paths: readonly string[]): Promise<Map<string, KeySpaceFile>> {
    return this.pick(paths, (file) => file);
  }

  async targets(paths: readonly string[]): Promise<Map<string, ReferenceTarget>> {
    return this.pick(paths, ({ path, facts }) => ({ path, ...facts }));
  }

  private pick<T>(paths: readonly string[], view: (file: { path: string; facts: AssetFacts; refs: Reference[] }) => T): Map<string, T> {
    this.largestRequest = Math.max(this.largestRequest, paths.length);
    return new Map(
      paths.flatMap((path) => {
        const file = this.files.get(path);
        return file ? [[path, view(file)] as const] : [];
      }),
    );
  }
}
