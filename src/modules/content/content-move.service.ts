import type { AssetRecordStore, ReferenceGraph } from '../../contracts/asset-records.js';
import type { WritableAssetRepository } from '../../contracts/asset-repository.js';
import { GuidesError, InvalidRequestError } from '../../contracts/errors.js';
import { isWithin, subtreeRanges } from '../../contracts/key-range.js';
import type { KeySpaceStore } from '../../contracts/key-space.js';
import type { MovedFindings } from '../../contracts/moved-findings.js';
import { normalizePath } from '../../contracts/repository-path.js';
import type { Tx, UnitOfWork } from '../../contracts/unit-of-work.js';

/** What a move needs of the rest of the system. */
export interface ContentMovePorts {
  unitOfWork: UnitOfWork;
  records: AssetRecordStore;
  graph: ReferenceGraph;
  keySpaces: KeySpaceStore;
  findings: MovedFindings;
  mounts: readonly { prefix: string; repository: WritableAssetRepository }[];
}

export interface MoveResult {
  from: string;
  to: string;
  /** Assets that have a new path. */
  assets: number;
}

/** Records looked at in one go. */
const PAGE = 500;
/** Tries of a move that collides with somebody else's change. */
const MAX_ATTEMPTS = 5;

/**
 * Moves or renames assets and folders, with all that is known of them, in one transaction. A job that has read one of them
 * meanwhile finds it gone when it commits, and leaves it out; the next job reads it at its new place.
 */
export class ContentMove {
  constructor(private readonly ports: ContentMovePorts) {}

  /**
   * @param to the new path itself, not a folder to move into.
   * @throws InvalidPathError, InvalidRequestError when it cannot be moved there; then nothing has changed.
   */
  async move(from: string, to: string): Promise<MoveResult> {
    const [source, target] = [normalizePath(from), normalizePath(to)];
    const repository = this.repositoryOf(source, target);
    for (let attempt = 1; ; attempt++) {
      try {
        const assets = await this.ports.unitOfWork.run((tx) => this.moveIn(repository, source, target, tx));
        return { from: source, to: target, assets };
      } catch (error) {
        // Somebody else may have put something there at the same moment: the next try sees it.
        if (error instanceof GuidesError || attempt === MAX_ATTEMPTS) throw error;
      }
    }
  }

  private async moveIn(repository: WritableAssetRepository, from: string, to: string, tx: Tx): Promise<number> {
    // Assets first, the graph behind them: the order in which batches lock them.
    const assets = await repository.move(from, to, tx);
    await this.ports.graph.holdTargets(tx);
    await this.forget(to, tx);
    await this.ports.findings.move(from, to, tx);
    return assets;
  }

  /** Takes off what is still known of assets that stood at or below the new place before. */
  private async forget(place: string, tx: Tx): Promise<void> {
    const { records, graph, keySpaces } = this.ports;
    for (const range of subtreeRanges(place)) {
      for (let after: string | null = null; ; ) {
        const page: string[] = await records.paths(range, after, PAGE);
        const ids = [...(await records.processedStates(page, tx)).values()].map(({ id }) => id);
        await graph.removeSources(ids, tx);
        await keySpaces.remove(ids, tx);
        await records.remove(page, tx);
        await graph.targetsChanged(page, tx);
        after = page.at(-1) ?? null;
        if (page.length < PAGE) break;
      }
    }
  }

  private repositoryOf(from: string, to: string): WritableAssetRepository {
    const { mounts } = this.ports;
    const mountOf = (path: string) => mounts.filter(({ prefix }) => isWithin(path, prefix)).sort((a, b) => b.prefix.length - a.prefix.length)[0];
    const mount = mountOf(from);
    if (!mount) throw new InvalidRequestError(`Nothing that can be written to is mounted at ${from}.`);
    if (isWithin(to, from)) throw new InvalidRequestError(`${from} cannot be moved ${to === from ? 'to itself' : `into itself: ${to} lies below it`}.`);
    if (mountOf(to) !== mount) throw new InvalidRequestError(`${from} and ${to} belong to different mounts; a move stays within one.`);
    const inside = mounts.find(({ prefix }) => isWithin(prefix, from) || isWithin(prefix, to));
    if (inside) throw new InvalidRequestError(`${inside.prefix} is a mount; neither it nor a folder above it can be moved or replaced.`);
    return mount.repository;
  }
}
