import type { AssetRecordStore, ReferenceGraph } from '../../contracts/asset-records.js';
import type { KeyLookup } from '../../contracts/findings-api.js';
import { subtreeRanges } from '../../contracts/key-range.js';
import type { BuiltKeySpace, KeySpaceBuilder, KeySpaceReport, KeySpaceStore, RootMap } from '../../contracts/key-space.js';
import type { UnitOfWork } from '../../contracts/unit-of-work.js';
import { RecordedFiles } from './recorded-files.js';

/** Root maps read at a time. */
const PAGE = 100;

/**
 * Key spaces of root maps (extraction.md, section 9). They are renewed when somebody asks for them and something in
 * their maps has changed; between, a key is a lookup in the database, however large the map.
 */
export class KeySpaceService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly records: AssetRecordStore,
    private readonly graph: ReferenceGraph,
    private readonly store: KeySpaceStore,
    private readonly builder: KeySpaceBuilder,
  ) {}

  async *reports(path: string): AsyncGenerator<KeySpaceReport> {
    const files = new RecordedFiles(this.records, this.graph);
    for await (const root of this.rootMaps(path)) {
      const built = (await this.renew(root)) ?? (await this.builder.build(files, root.path));
      yield built.report(files);
    }
  }

  async *find(path: string, key: string): AsyncGenerator<KeyLookup> {
    for await (const root of this.rootMaps(path)) {
      await this.renew(root);
      const definitions = await this.store.find(root.id, key);
      if (definitions.length > 0) yield { rootMap: root.path, key, definitions };
    }
  }

  /** Stores the key space again unless it is as it should be. Resolves to what was built, null when nothing was. */
  private async renew(root: RootMap): Promise<BuiltKeySpace | null> {
    if (await this.store.isFresh(root.id)) return null;
    return this.unitOfWork.run(async (tx) => {
      // What is read here must still be so when it is stored: a change in between would leave a stale key space marked fresh.
      await this.graph.holdTargets(tx);
      if (await this.store.isFresh(root.id, tx)) return null;
      const built = await this.builder.build(new RecordedFiles(this.records, this.graph, tx), root.path);
      await this.store.save(root.id, built, tx);
      return built;
    });
  }

  private async *rootMaps(path: string): AsyncGenerator<RootMap> {
    for (const range of subtreeRanges(path)) {
      let after: string | null = null;
      for (;;) {
        const page: RootMap[] = await this.store.rootMaps(range, after, PAGE);
        yield* page;
        after = page.at(-1)?.path ?? null;
        if (page.length < PAGE) break;
      }
    }
  }
}
