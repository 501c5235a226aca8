import { parentPath } from '../../contracts/repository-path.js';
import type { SourceFile } from './content-source.js';

/** A file on its way to a repository path. */
export interface PlannedFile {
  path: string;
  source: SourceFile;
}

/** Files and folders that are committed together. */
export class ImportBatch {
  readonly files: PlannedFile[] = [];
  readonly folders: string[] = [];
  private bytes = 0;
  private readonly assets = new Set<string>();
  private readonly above = new Set<string>();

  constructor(
    private readonly maxFiles: number,
    private readonly maxBytes: number,
  ) {}

  get isEmpty(): boolean {
    return this.files.length === 0 && this.folders.length === 0;
  }

  /** True when a file of this size must wait for the next batch. */
  isFullFor(sizeBytes: number): boolean {
    return this.files.length >= this.maxFiles || this.folders.length >= this.maxFiles || (this.files.length > 0 && this.bytes + sizeBytes > this.maxBytes);
  }

  /**
   * True when a file must wait because this batch makes a folder of its path, or an asset of it or of a folder above: a
   * repository refuses what contradicts its content by name, but not what contradicts itself within one call.
   */
  clashesWithFile(path: string): boolean {
    return this.above.has(path) || this.clashesWithFolder(path);
  }

  clashesWithFolder(path: string): boolean {
    if (this.assets.has(path)) return true;
    for (let folder = parentPath(path); folder !== '/'; folder = parentPath(folder)) {
      if (this.assets.has(folder)) return true;
    }
    return false;
  }

  addFile(file: PlannedFile): void {
    this.files.push(file);
    this.bytes += file.source.sizeBytes;
    this.assets.add(file.path);
    this.rememberAbove(parentPath(file.path));
  }

  addFolder(path: string): void {
    this.folders.push(path);
    this.rememberAbove(path);
  }

  private rememberAbove(folder: string): void {
    for (let path = folder; path !== '/' && !this.above.has(path); path = parentPath(path)) this.above.add(path);
  }
}
