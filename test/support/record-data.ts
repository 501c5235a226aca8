import type { AssetFacts, Reference } from '../../src/contracts/asset.js';
import type { NewAssetRecord } from '../../src/contracts/asset-records.js';
import { emptyFacts } from '../../src/modules/pipeline/empty-facts.js';

/** A record as processing leaves it; the id makes its GUID. */
export function recordOf(id: number, path: string, change: Partial<Omit<NewAssetRecord, 'facts'>> & { facts?: Partial<AssetFacts> } = {}): NewAssetRecord {
  return {
    id,
    path,
    uuid: `GUID-${id}`,
    sha256: 'a'.repeat(64),
    sizeBytes: 10,
    outcome: 'SUCCESS',
    processedAtMs: 1_750_000_000_123,
    pipelineVersion: '1',
    anchorsHash: 'h1',
    ...change,
    facts: { ...emptyFacts('DITATOPIC', 'application/xml'), ...change.facts },
  };
}

/** A cross reference to `target`, not yet looked up. */
export function referenceTo(target: string | null, change: Partial<Reference> = {}): Reference {
  return {
    kind: 'xref',
    element: 'xref',
    attribute: 'href',
    raw: target ?? '',
    scope: null,
    format: null,
    target,
    fragment: null,
    status: null,
    key: null,
    keyElement: null,
    defaulted: [],
    line: 1,
    ...change,
  };
}
