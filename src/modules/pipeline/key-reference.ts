import type { Reference } from '../../contracts/asset.js';

/** Where a key reference stands. */
export interface KeyMention {
  kind: 'keyref' | 'conkeyref';
  element: string;
  attribute: string;
  raw: string;
  line: number;
}

/** A reference by key: before the first `/` stands the key, behind it the element (extraction.md, section 7). */
export function keyReference({ kind, element, attribute, raw, line }: KeyMention): Reference {
  const value = raw.trim();
  const slash = value.indexOf('/');
  return {
    kind,
    element,
    attribute,
    raw,
    scope: null,
    format: null,
    target: null,
    fragment: null,
    status: 'key',
    key: slash < 0 ? value : value.slice(0, slash),
    keyElement: slash < 0 ? null : value.slice(slash + 1) || null,
    defaulted: [],
    line,
  };
}
