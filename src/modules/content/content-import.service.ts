import type { ReferenceGraph } from '../../contracts/asset-records.js';
import type { WritableAssetRepository } from '../../contracts/asset-repository.js';
import type { BlobStore } from '../../contracts/blob-store.js';
import { InvalidPathError, InvalidRequestError } from '../../contracts/errors.js';
import { normalizePath } from '../../contracts/repository-path.js';
import type { UnitOfWork } from '../../contracts/unit-of-work.js';
import type { ContentSource, SourceEntry, SourceFile } from './content-source.js';
import { BatchCommit } from './batch-commit.js';
import { FileStaging } from './file-staging.js';
import { ImportBatch } from './import-batch.js';
import { type ImportProgress, type ImportResult, ImportTally } from './import-result.js';

/** What the import needs of the rest of the system. */
export interface ContentImportPorts {
  unitOfWork: UnitOfWork;
  blobs: BlobStore;
  graph: ReferenceGraph;
  /** The repository mounted at a path; null where there is none, or none that can be written to. */
  repositoryAt(path: string): WritableAssetRepository | null;
  /** MIME type that a name suggests; processing decides by content later. */
  mimeTypeOf(path: string): string;
}

export interface ImportRequest {
  /** Repository folder that the root of the source becomes. */
  targetPath: string;
  createdBy: string;
  /** At most ten times a second, and after each batch. */
  onProgress?: (progress: ImportProgress) => void;
  /** Stops before the next batch; what is committed stays. */
  signal?: AbortSignal;
}

/** Larger batches cost more memory and gain nothing measurable. */
const MAX_BATCH_FILES = 250;
const MAX_BATCH_BYTES = 16 * 1024 * 1024;

/**
 * Brings a folder or archive into the repository, batch by batch, each in one transaction. Nothing is removed. Files whose
 * bytes are there already are left alone, so an import that was interrupted, even by kill -9, is simply run again.
 */
export class ContentImport {
  constructor(private readonly ports: ContentImportPorts) {}

  /**
   * @throws InvalidPathError, InvalidRequestError when the target cannot take content; ContentSourceError when the
   * source as a whole cannot be read; the signal's reason. A single bad file is skipped with its reason.
   */
  async run(source: ContentSource, request: ImportRequest): Promise<ImportResult> {
    const target = await this.checkedTarget(request.targetPath);
    const tally = new ImportTally(request.onProgress ?? (() => undefined));
    await measure(source, tally, request.signal);
    tally.report();
    const run = new ImportRun(this.ports, target, request, tally);
    for await (const entry of source.entries()) {
      request.signal?.throwIfAborted();
      await run.take(entry);
    }
    request.signal?.throwIfAborted();
    return run.finish();
  }

  private async checkedTarget(path: string): Promise<string> {
    const target = normalizePath(path);
    const repository = this.ports.repositoryAt(target);
    if (!repository) throw new InvalidRequestError(`Nothing that can be written to is mounted at ${target}.`);
    if ((await repository.kindOf(target)) === 'asset') {
      throw new InvalidRequestError(`${target} is an asset; name a folder to import into.`);
    }
    return target;
  }
}

/** One pass over the source before anything is written: totals for the progress, and structural faults come to light. */
async function measure(source: ContentSource, tally: ImportTally, signal?: AbortSignal): Promise<void> {
  for await (const entry of source.entries()) {
    signal?.throwIfAborted();
    if (entry.kind !== 'file') continue;
    tally.filesTotal++;
    tally.bytesTotal += entry.sizeBytes;
  }
}

/** One walk over a source. */
class ImportRun {
  private batch = newBatch();
  private readonly staging: FileStaging;
  private readonly commits: BatchCommit;

  constructor(
    ports: ContentImportPorts,
    private readonly target: string,
    request: ImportRequest,
    private readonly tally: ImportTally,
  ) {
    this.staging = new FileStaging(ports, tally);
    this.commits = new BatchCommit(ports, request.createdBy);
    this.batch.addFolder(target);
  }

  async take(entry: SourceEntry): Promise<void> {
    if (entry.kind === 'refused') {
      this.tally.skip(entry.name, entry.reason);
      return;
    }
    const path = this.pathOf(entry.relativePath);
    if (path === null) return;
    if (entry.kind === 'folder') await this.takeFolder(path);
    else await this.takeFile(path, entry);
  }

  async finish(): Promise<ImportResult> {
    await this.flush();
    return this.tally.result;
  }

  private async takeFolder(path: string): Promise<void> {
    this.tally.result.folders++;
    if (this.batch.isFullFor(0) || this.batch.clashesWithFolder(path)) await this.flush();
    this.batch.addFolder(path);
  }

  private async takeFile(path: string, source: SourceFile): Promise<void> {
    if (this.batch.isFullFor(source.sizeBytes) || this.batch.clashesWithFile(path)) await this.flush();
    this.batch.addFile({ path, source });
  }

  private async flush(): Promise<void> {
    const batch = this.batch;
    this.batch = newBatch();
    if (batch.isEmpty) return;
    const { staged, unchanged } = await this.staging.stage(batch.files);
    this.tally.result.unchanged += unchanged;
    const { outcomes, refused } = await this.commits.commit(batch.folders, staged);
    for (const outcome of outcomes) this.tally.result[outcome]++;
    for (const { path, reason } of refused) this.tally.skip(this.relative(path), reason);
    this.tally.report();
  }

  private relative(path: string): string {
    return path.slice(this.target === '/' ? 1 : this.target.length + 1);
  }

  private pathOf(relativePath: string): string | null {
    try {
      return normalizePath(`${this.target}/${relativePath}`);
    } catch (error) {
      if (!(error instanceof InvalidPathError)) throw error;
      this.tally.skip(relativePath, `would have a path that ${error.reason}`);
      return null;
    }
  }
}

function newBatch(): ImportBatch {
  return new ImportBatch(MAX_BATCH_FILES, MAX_BATCH_BYTES);
}
