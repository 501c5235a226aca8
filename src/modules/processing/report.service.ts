import type { AssetRecord, AssetRecordStore, ReferenceGraph } from '../../contracts/asset-records.js';
import type { KeyDefinition, Reference } from '../../contracts/asset.js';
import { subtreeRanges } from '../../contracts/key-range.js';

/** Records read at a time: memory stays flat however large the tree. */
const PAGE = 200;

/** The report: a line per processed asset in path order, with all that was found (extraction.md, "Report"). */
export class ReportService {
  constructor(
    private readonly records: AssetRecordStore,
    private readonly graph: ReferenceGraph,
  ) {}

  /** @param path normalized and known to exist. */
  async *report(path: string): AsyncGenerator<object> {
    for (const range of subtreeRanges(path)) {
      let after: string | null = null;
      for (;;) {
        const page: AssetRecord[] = await this.records.page(range, after, PAGE);
        const refs = await this.graph.outgoing(page.map((record) => record.id));
        for (const record of page) yield reportLine(record, refs.get(record.id) ?? []);
        after = page.at(-1)?.path ?? null;
        if (page.length < PAGE) break;
      }
    }
  }
}

function reportLine(record: AssetRecord, refs: readonly Reference[]): object {
  const { facts } = record;
  return {
    path: record.path,
    uuid: record.uuid,
    sha256: record.sha256,
    size: record.sizeBytes,
    fileType: facts.fileType,
    mimeType: facts.mimeType,
    outcome: record.outcome,
    wellFormed: facts.wellFormed,
    error: facts.error,
    rootElement: facts.rootElement,
    domainType: facts.domainType,
    rootId: facts.rootId,
    title: facts.title,
    lang: facts.lang,
    shortdesc: facts.shortdesc,
    topicIds: facts.topicIds,
    elementIdCount: facts.elementIdCount,
    elementIds: facts.elementIds,
    metadata: facts.metadata,
    unresolvedEntities: facts.unresolvedEntities,
    image: facts.image,
    keys: facts.keys.map((key) => settledKey(key, refs)),
    refs,
    processedAt: record.processedAtMs,
    pipelineVersion: record.pipelineVersion,
  };
}

/** A key with the target that its `href` was settled to; what was known when the file was read may be out of date. */
function settledKey(key: KeyDefinition, refs: readonly Reference[]): KeyDefinition {
  if (key.href === null) return key;
  const href = refs.find((ref) => ref.line === key.line && ref.attribute === 'href' && ref.raw === key.href);
  return href ? { ...key, target: href.target, fragment: href.fragment, status: href.status } : key;
}
