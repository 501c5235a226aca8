import type { AssetPatch, AssetRef } from '../contracts/asset.js';
import type { AssetFilter, AssetRepository, LoadedAsset, Mount, NodeKind } from '../contracts/asset-repository.js';
import { InvalidRequestError } from '../contracts/errors.js';
import { comparePaths, intersect, isWithin, type KeyRange, subtreeWithout } from '../contracts/key-range.js';
import type { Tx } from '../contracts/unit-of-work.js';

/** All mounts as one repository: the longest prefix serves a path (repository.md, "Mounts"). */
export class MountedAssetRepository implements AssetRepository {
  readonly provider = 'mounted';
  /** Longest prefix first. */
  private readonly mounts: readonly Mount[];

  constructor(mounts: readonly Mount[]) {
    this.mounts = [...mounts].sort((a, b) => b.prefix.length - a.prefix.length);
  }

  /** The repository that serves `path`, or null where nothing is mounted. */
  mountOf(path: string): AssetRepository | null {
    return this.mounts.find((mount) => isWithin(path, mount.prefix))?.repository ?? null;
  }

  /** @throws InvalidRequestError for a path under no mount. */
  async kindOf(path: string): Promise<NodeKind | null> {
    const repository = this.mountOf(path);
    const hasMountsBelow = this.mounts.some((mount) => isWithin(mount.prefix, path));
    if (!repository && !hasMountsBelow) throw new InvalidRequestError(`The path ${path} does not exist: nothing is mounted there.`);
    return (await repository?.kindOf(path)) ?? (hasMountsBelow ? 'folder' : null);
  }

  async existing(paths: readonly string[]): Promise<Set<string>> {
    const found = await Promise.all(this.byMount(paths, (path) => path).map(([mount, own]) => mount.existing(own)));
    return new Set(found.flatMap((set) => [...set]));
  }

  async scan(range: KeyRange, filter: AssetFilter, after: string | null, limit: number): Promise<AssetRef[]> {
    const refs: AssetRef[] = [];
    for (const { repository, part } of this.parts(range)) {
      if (refs.length >= limit) break;
      for (const ref of await repository.scan(part, filter, after, limit - refs.length)) refs.push(ref);
    }
    return refs;
  }

  async count(range: KeyRange, filter: AssetFilter): Promise<number> {
    const counts = await Promise.all(this.parts(range).map(({ repository, part }) => repository.count(part, filter)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async load(refs: readonly AssetRef[], maxBytes: number): Promise<LoadedAsset[]> {
    const loaded = await Promise.all(this.byMount(refs, (ref) => ref.path).map(([mount, own]) => mount.load(own, maxBytes)));
    return loaded.flat();
  }

  async lock(refs: readonly AssetRef[], tx: Tx): Promise<string[]> {
    const stale: string[] = [];
    for (const [mount, own] of this.byMount(refs, (ref) => ref.path)) stale.push(...(await mount.lock(own, tx)));
    return stale;
  }

  async apply(patches: readonly AssetPatch[], tx: Tx): Promise<void> {
    for (const [mount, own] of this.byMount(patches, (patch) => patch.ref.path)) await mount.apply(own, tx);
  }

  private byMount<T>(items: readonly T[], pathOf: (item: T) => string): [AssetRepository, T[]][] {
    const groups = new Map<AssetRepository, T[]>();
    for (const item of items) {
      const mount = this.mountOf(pathOf(item));
      if (!mount) continue;
      const group = groups.get(mount);
      if (group) group.push(item);
      else groups.set(mount, [item]);
    }
    return [...groups];
  }

  /** The pieces of a range that each mount serves, in ascending order: what a longer prefix serves is cut out. */
  private parts(range: KeyRange): { repository: AssetRepository; part: KeyRange }[] {
    return this.mounts
      .flatMap(({ prefix, repository }) => {
        const inner = this.mounts.filter((other) => other.prefix !== prefix && isWithin(other.prefix, prefix));
        return subtreeWithout(prefix, inner.map((other) => other.prefix)).map((own) => ({ repository, part: intersect(own, range) }));
      })
      .flatMap(({ repository, part }) => (part ? [{ repository, part }] : []))
      .sort((a, b) => comparePaths(a.part.from, b.part.from));
  }
}
