import type { Reference } from '../../contracts/asset.js';
import type { AssetSource } from '../../contracts/pipeline.js';
import { checkFragment } from '../../contracts/reference-rules.js';
import { resolveUriReference, uriScheme } from './uri-reference.js';

/** Where a reference of a format without DITA's scope and format stands. */
export interface PlainMention {
  kind: string;
  element: string;
  attribute: string;
  raw: string;
  line: number;
  base?: string | null;
}

/** A reference whose scope follows from the URI alone and whose fragment is not checked (extraction.md, section 10). */
export function localReference(mention: PlainMention, source: AssetSource): Reference {
  const { kind, element, attribute, raw, line, base } = mention;
  const scheme = uriScheme(raw);
  const scope = scheme === null || scheme === 'file' ? 'local' : 'external';
  const { target, fragment, status } = resolveUriReference(raw, { sourcePath: source.path, damRoot: source.damRoot, scope, base: base ?? null });
  const reference: Reference = {
    kind, element, attribute, raw, scope, format: null, target, fragment, status, key: null, keyElement: null, defaulted: [], line,
  };
  if (status === null && target === source.path) {
    const self = { path: source.path, fileType: 'OTHERS' as const, wellFormed: null, rootId: null, topicIds: [], elementIds: [] };
    reference.status = checkFragment(reference, self, null);
  }
  return reference;
}
