import type { AssetFacts, Reference } from '../../src/contracts/asset.js';
import type { AssetSource } from '../../src/contracts/pipeline.js';

export interface WebSample {
  facts: AssetFacts;
  refs: Reference[];
  /** A line per reference: `line element@attribute kind raw`. */
  shown: string[];
}

/** Extracts an inline file as if it stood at `/content/dam/docs/<name>`. */
export function extractWebSample(extract: (source: AssetSource) => { facts: AssetFacts; refs: Reference[] }, name: string, content: string | Uint8Array): WebSample {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
  const { facts, refs } = extract({ path: `/content/dam/docs/${name}`, damRoot: '/content/dam', sizeBytes: bytes.length, bytes });
  return { facts, refs, shown: refs.map((ref) => `${ref.line} ${ref.element}@${ref.attribute} ${ref.kind} ${ref.raw}`) };
}
