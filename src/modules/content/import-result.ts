/** What an import left out. */
export interface SkippedEntry {
  /** Below the source's root; what cannot be shown is escaped. */
  name: string;
  /** Ends the sentence "<name> …". */
  reason: string;
}

/** Totals of one import. created + updated + unchanged + skipped = what stands in the source, folders apart. */
export interface ImportResult {
  created: number;
  updated: number;
  unchanged: number;
  /** Folders of the source, without its root. */
  folders: number;
  /** Content that was read, unchanged files included. */
  bytes: number;
  skippedCount: number;
  /** The first `MAX_LISTED` of them in the order they were met. */
  skipped: SkippedEntry[];
}

/** Skipped entries that are listed by name, so that a hostile source cannot fill the memory. */
export const MAX_LISTED = 1000;

export interface ImportProgress {
  filesDone: number;
  filesTotal: number;
  bytesDone: number;
  bytesTotal: number;
}

/** Counts while an import runs. */
export class ImportTally {
  readonly result: ImportResult = { created: 0, updated: 0, unchanged: 0, folders: 0, bytes: 0, skippedCount: 0, skipped: [] };
  filesTotal = 0;
  bytesTotal = 0;
  private lastReportMs = 0;

  constructor(private readonly onProgress: (progress: ImportProgress) => void) {}

  skip(name: string, reason: string): void {
    this.result.skippedCount++;
    if (this.result.skipped.length < MAX_LISTED) this.result.skipped.push({ name, reason });
  }

  addBytes(count: number): void {
    this.result.bytes += count;
    // A bar needs no more, and a callback for every chunk costs more than reading it.
    if (performance.now() - this.lastReportMs > 100) this.report();
  }

  report(): void {
    const { created, updated, unchanged, bytes } = this.result;
    this.lastReportMs = performance.now();
    const filesDone = created + updated + unchanged;
    // The source may have grown since it was measured.
    this.onProgress({
      filesDone,
      filesTotal: Math.max(this.filesTotal, filesDone),
      bytesDone: bytes,
      bytesTotal: Math.max(this.bytesTotal, bytes),
    });
  }
}
