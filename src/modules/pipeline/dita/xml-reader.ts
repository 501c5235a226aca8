import type { ExtractionLimits } from '../../../contracts/pipeline.js';
import { scanOrdinaryXml } from './ordinary-xml.js';
import { StrictXml } from './strict-xml.js';
import { XmlError } from './xml-error.js';
import type { Begin } from './xml-events.js';
import { decodeXml } from './xml-text.js';

/**
 * Reads one document, strictly and without fetching anything (extraction.md, section 4).
 * What is ordinary takes a fast way; everything else, and all that may be wrong, is for saxes to read and to judge.
 * @param begin is asked for the listener when the root's start tag is read.
 * @returns how many entity references in text stayed unresolved.
 * @throws XmlError
 */
export function readXml(bytes: Uint8Array, limits: ExtractionLimits, begin: Begin): number {
  if (bytes.length === 0) throw new XmlError('EMPTY', 1, null, 'The file is empty.');
  try {
    const text = decodeXml(bytes);
    return scanOrdinaryXml(text, limits, begin) ?? new StrictXml(limits, begin).read(text);
  } catch (error) {
    if (error instanceof XmlError && error.readable !== '') readRoot(error.readable, limits, begin);
    throw error;
  }
}

/** The root's start tag tells the type of a file even when a later byte cannot be decoded (section 3). */
function readRoot(text: string, limits: ExtractionLimits, begin: Begin): void {
  try {
    new StrictXml(limits, begin).read(text);
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
  }
}
