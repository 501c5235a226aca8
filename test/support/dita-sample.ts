import type { Reference } from '../../src/contracts/asset.js';
import { DEFAULT_EXTRACTION_LIMITS, type ExtractionLimits } from '../../src/contracts/pipeline.js';
import { extractXml, type XmlExtraction } from '../../src/modules/pipeline/dita/extract-xml.js';

export const SAMPLE_ROOT = '/content/dam';

/** Extracts an inline document as if it stood at `path` below the DAM root. */
export function extractSample(path: string, document: string | Uint8Array, limits: Partial<ExtractionLimits> = {}): XmlExtraction {
  const bytes = typeof document === 'string' ? Buffer.from(document, 'utf8') : document;
  const source = { path: `${SAMPLE_ROOT}/${path}`, damRoot: SAMPLE_ROOT, sizeBytes: bytes.length, bytes };
  return extractXml(source, { ...DEFAULT_EXTRACTION_LIMITS, ...limits });
}

/** A topic around a body, with a DOCTYPE that has a public id. */
export function topic(body: string, subset = ''): string {
  return `<!DOCTYPE topic PUBLIC "-//OASIS//DTD DITA Topic//EN" "topic.dtd"${subset === '' ? '' : ` [${subset}]`}><topic id="t"><title>T</title><body>${body}</body></topic>`;
}

/** A reference in one line: `kind scope format target#fragment status`. */
export function shown(ref: Reference): string {
  const target = ref.target === null ? '-' : ref.target.replace(`${SAMPLE_ROOT}/`, '');
  const place = ref.key === null ? `${target}${ref.fragment === null ? '' : `#${ref.fragment}`}` : `${ref.key}|${ref.keyElement ?? ''}`;
  return [ref.kind, ref.scope ?? '-', ref.format ?? '-', place, ref.status ?? '?'].join(' ');
}

export function shownRefs({ refs }: XmlExtraction): string[] {
  return refs.map(shown);
}
