/** Bounds on what an archive may unpack to (repository.md, "Getting content in and out"). */
export interface ZipLimits {
  /** All entries together; more refuses the archive. @default 10 GiB */
  maxTotalBytes: number;
  /** One entry; more refuses the entry. @default 2 GiB */
  maxEntryBytes: number;
  /** Uncompressed to compressed size of an entry larger than `ratioFromBytes`; more refuses the entry. @default 200 */
  maxRatio: number;
  /** Small entries of repeated text compress better than any bomb and harm nobody. @default 1 MiB */
  ratioFromBytes: number;
  /** @default 1000000 */
  maxEntries: number;
}

export const DEFAULT_ZIP_LIMITS: ZipLimits = {
  maxTotalBytes: 10 * 1024 ** 3,
  maxEntryBytes: 2 * 1024 ** 3,
  maxRatio: 200,
  ratioFromBytes: 1024 ** 2,
  maxEntries: 1_000_000,
};
