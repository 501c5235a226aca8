import type { AssetRef } from '../../contracts/asset.js';
import type { ProcessedState } from '../../contracts/asset-records.js';

/**
 * What is recorded is of the asset as it is now: of its bytes, where the repository knows their hash, and not of one that was
 * removed from the same path before this one came.
 */
export function isRecordOf(state: ProcessedState | undefined, { sha256, createdAtMs }: AssetRef): state is ProcessedState {
  return state !== undefined && (sha256 === null || state.sha256 === sha256) && state.processedAtMs >= createdAtMs;
}
