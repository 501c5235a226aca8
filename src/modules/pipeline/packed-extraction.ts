import type { Extraction, Reference } from '../../contracts/asset.js';

/** A reference without the names of its fields: half the text to write, send and read. */
type PackedReference = [
  kind: string,
  element: string,
  attribute: string,
  raw: string,
  scope: Reference['scope'],
  format: Reference['format'],
  target: Reference['target'],
  fragment: Reference['fragment'],
  status: Reference['status'],
  key: Reference['key'],
  keyElement: Reference['keyElement'],
  defaulted: string[],
  line: number,
];

/** An extraction as it travels between threads, without its renditions. */
export interface PackedExtraction {
  facts: Extraction['facts'];
  refs: PackedReference[];
}

export function packExtraction({ facts, refs }: Extraction): PackedExtraction {
  return {
    facts,
    refs: refs.map((r) => [r.kind, r.element, r.attribute, r.raw, r.scope, r.format, r.target, r.fragment, r.status, r.key, r.keyElement, r.defaulted, r.line]),
  };
}

export function unpackExtraction({ facts, refs }: PackedExtraction): Extraction {
  return { facts, refs: refs.map(unpackReference), renditions: [] };
}

function unpackReference([kind, element, attribute, raw, scope, format, target, fragment, status, key, keyElement, defaulted, line]: PackedReference): Reference {
  return { kind, element, attribute, raw, scope, format, target, fragment, status, key, keyElement, defaulted, line };
}
