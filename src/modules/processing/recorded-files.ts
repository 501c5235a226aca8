import type { AssetRecordStore, ReferenceGraph } from '../../contracts/asset-records.js';
import type { KeySpaceFile, KeySpaceFiles } from '../../contracts/key-space.js';
import type { ReferenceTarget } from '../../contracts/reference-rules.js';
import type { Tx } from '../../contracts/unit-of-work.js';

/** Processed files as they are recorded, for key spaces; in a transaction or as last committed. */
export class RecordedFiles implements KeySpaceFiles {
  constructor(
    private readonly records: AssetRecordStore,
    private readonly graph: ReferenceGraph,
    private readonly tx?: Tx,
  ) {}

  async load(paths: readonly string[]): Promise<Map<string, KeySpaceFile>> {
    const found = await this.records.find(paths, this.tx);
    const refs = await this.graph.outgoing([...found.values()].map(({ id }) => id), this.tx);
    return new Map([...found].map(([path, { id, facts }]) => [path, { path, facts, refs: refs.get(id) ?? [] }]));
  }

  targets(paths: readonly string[]): Promise<Map<string, ReferenceTarget>> {
    return this.records.targets(paths, this.tx);
  }
}
