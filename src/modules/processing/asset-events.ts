import type { AssetRecordStore } from '../../contracts/asset-records.js';
import { ASSET_PROCESSED, type AssetProcessedEvent, type EventPublisher } from '../../contracts/events.js';
import { ASSET_PROCESSING, type BatchClaim } from '../../contracts/job.js';
import type { Tx } from '../../contracts/unit-of-work.js';
import { outcomeOf, type ProcessedAsset, type StoredResult } from './asset-results.js';

/** Longest `errorMsg`. */
const MAX_MESSAGE_CHARS = 1000;

/** An asset that counts, with what is stored of it, or why nothing could be. */
export interface CommittedAsset {
  asset: ProcessedAsset;
  stored: StoredResult | null;
  refusal?: string;
}

/** Announces the results of a batch by the transaction that writes them (http-api.md, "Event"). */
export class AssetEvents {
  constructor(
    private readonly events: EventPublisher,
    private readonly records: Pick<AssetRecordStore, 'processedStates'>,
  ) {}

  /** Jobs of other types have no results of processing to announce. */
  async stage({ job, processingId }: Pick<BatchClaim, 'job' | 'processingId'>, assets: readonly CommittedAsset[], tx: Tx): Promise<void> {
    if (assets.length === 0 || job.type !== ASSET_PROCESSING || !this.events.isHeard(ASSET_PROCESSED)) return;
    const refused = assets.filter(({ stored }) => stored === null).map(({ asset }) => asset.ref.path);
    const known = refused.length > 0 ? await this.records.processedStates(refused, tx) : new Map<string, { uuid: string }>();
    await this.events.stage(
      assets.map((one) => {
        const uuid = one.stored?.uuid ?? known.get(one.asset.ref.path)?.uuid ?? null;
        const isFirst = one.stored?.isFirst ?? uuid === null;
        return { name: ASSET_PROCESSED, processingId, path: one.asset.ref.path, eventType: isFirst ? 'CREATE' : 'MODIFY', uuid, ...outcome(one) };
      }),
      tx,
    );
  }
}

function outcome({ asset, refusal }: CommittedAsset): Pick<AssetProcessedEvent, 'status' | 'errorMsg'> {
  if (refusal === undefined && outcomeOf(asset.result) === 'SUCCESS') return { status: 'SUCCESS' };
  const { error } = asset.result.extraction.facts;
  const errorMsg = refusal ?? (error ? `${error.code}: ${error.message}` : 'Unknown error.');
  return { status: 'FAILED', errorMsg: errorMsg.slice(0, MAX_MESSAGE_CHARS) };
}
