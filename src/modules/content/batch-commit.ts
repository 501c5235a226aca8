import type { ReferenceGraph } from '../../contracts/asset-records.js';
import type { PutOutcome, WritableAssetRepository } from '../../contracts/asset-repository.js';
import type { BlobStore } from '../../contracts/blob-store.js';
import { GuidesError, InvalidPathError, InvalidRequestError } from '../../contracts/errors.js';
import { comparePaths } from '../../contracts/key-range.js';
import type { Tx, UnitOfWork } from '../../contracts/unit-of-work.js';
import type { StagedFile } from './file-staging.js';

interface CommitPorts {
  unitOfWork: UnitOfWork;
  blobs: BlobStore;
  graph: ReferenceGraph;
  repositoryAt(path: string): WritableAssetRepository | null;
  mimeTypeOf(path: string): string;
}

/** Tries of a batch that collides with somebody else's. */
const MAX_ATTEMPTS = 5;

export interface CommittedBatch {
  outcomes: PutOutcome[];
  /** What the repository would not take, because something else stands there. */
  refused: { path: string; reason: string }[];
}

/** Writes a batch: assets, blobs and the references that point to what is new, in one transaction. */
export class BatchCommit {
  constructor(
    private readonly ports: CommitPorts,
    private readonly createdBy: string,
  ) {}

  async commit(folders: readonly string[], files: readonly StagedFile[]): Promise<CommittedBatch> {
    // Ascending keys: batches that lock rows in different orders deadlock.
    const sorted = [...files].sort((a, b) => comparePaths(a.path, b.path));
    const missing = await this.missing(folders);
    if (missing.length === 0 && sorted.length === 0) return { outcomes: [], refused: [] };
    for (let attempt = 1; ; attempt++) {
      try {
        const outcomes = await this.ports.unitOfWork.run(async (tx) => {
          await this.createFolders(missing, tx);
          return this.put(sorted, tx);
        });
        return { outcomes, refused: [] };
      } catch (error) {
        if (isRefusal(error)) return this.ports.unitOfWork.run((tx) => this.oneByOne(missing, sorted, tx));
        // Two imports may make the same folder at the same moment: who loses finds it there the next time.
        if (error instanceof GuidesError || attempt === MAX_ATTEMPTS) throw error;
      }
    }
  }

  /** The same in savepoints, so that what the repository refuses hurts itself alone. */
  private async oneByOne(folders: readonly string[], files: readonly StagedFile[], tx: Tx): Promise<CommittedBatch> {
    const result: CommittedBatch = { outcomes: [], refused: [] };
    const attempt = async (path: string, work: () => Promise<void>): Promise<void> => {
      try {
        await tx.savepoint(work);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        result.refused.push({ path, reason: `was refused: ${error.message}` });
      }
    };
    for (const folder of folders) await attempt(folder, () => this.createFolders([folder], tx));
    for (const file of files) {
      await attempt(file.path, async () => {
        result.outcomes.push(...(await this.put([file], tx)));
      });
    }
    return result;
  }

  private async put(files: readonly StagedFile[], tx: Tx): Promise<PutOutcome[]> {
    const all: PutOutcome[] = [];
    for (const [repository, own] of this.byRepository(files, (file) => file.path)) {
      const outcomes = await repository.put(own.map((file) => this.newAsset(file)), tx);
      const changed = own.filter((_, i) => outcomes[i] !== 'unchanged');
      await this.ports.blobs.commit(changed.map((file) => file.blob), tx);
      await this.ports.graph.targetsChanged(own.filter((_, i) => outcomes[i] === 'created').map((file) => file.path), tx);
      all.push(...outcomes);
    }
    return all;
  }

  private newAsset({ path, blob, source }: StagedFile) {
    return { path, blob, mimeType: this.ports.mimeTypeOf(path), createdBy: this.createdBy, modifiedAtMs: source.modifiedAtMs };
  }

  private async createFolders(folders: readonly string[], tx: Tx): Promise<void> {
    for (const [repository, own] of this.byRepository(folders, (path) => path)) await repository.createFolders(own, tx);
  }

  /** A second run finds every folder there and writes nothing. */
  private async missing(folders: readonly string[]): Promise<string[]> {
    const missing: string[] = [];
    for (const path of folders) {
      if ((await this.ports.repositoryAt(path)?.kindOf(path)) !== 'folder') missing.push(path);
    }
    return missing;
  }

  private byRepository<T>(items: readonly T[], pathOf: (item: T) => string): Map<WritableAssetRepository, T[]> {
    const groups = new Map<WritableAssetRepository, T[]>();
    for (const item of items) {
      const repository = this.ports.repositoryAt(pathOf(item));
      if (!repository) throw new InvalidRequestError(`Nothing that can be written to is mounted at ${pathOf(item)}.`);
      const group = groups.get(repository);
      if (group) group.push(item);
      else groups.set(repository, [item]);
    }
    return groups;
  }
}

function isRefusal(error: unknown): error is InvalidRequestError | InvalidPathError {
  return error instanceof InvalidRequestError || error instanceof InvalidPathError;
}
