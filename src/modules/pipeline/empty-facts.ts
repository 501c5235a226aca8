import type { AssetFacts, FileType } from '../../contracts/asset.js';

/** The record of a file of which nothing but its type is known: what does not apply is null, 0 or [] (extraction.md, section 2). */
export function emptyFacts(fileType: FileType, mimeType: string): AssetFacts {
  return {
    fileType,
    mimeType,
    wellFormed: null,
    error: null,
    rootElement: null,
    domainType: null,
    ditaClass: null,
    rootId: null,
    title: null,
    lang: null,
    shortdesc: null,
    topicIds: [],
    elementIdCount: 0,
    elementIds: [],
    keys: [],
    metadata: { authors: [], keywords: [] },
    unresolvedEntities: 0,
    image: null,
    warnings: [],
  };
}
