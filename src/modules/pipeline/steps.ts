import { createHash } from 'node:crypto';
import type { ExtractionErrorCode } from '../../contracts/asset.js';
import type { ExtractionOptions } from '../../contracts/pipeline.js';
import { ELEMENT_CLASSES } from './dita/element-classes.js';

/**
 * The steps of the pipeline in order (processing.md, "Pipeline"), with the version that rises whenever one of them
 * gives another result for the same bytes: then every asset counts as unprocessed. GUIDs are assigned and references
 * resolved beside the database. One pass over a document serves identify to references.
 */
export const STEPS = [
  { name: 'identify', version: 1 },
  { name: 'parse', version: 2 },
  { name: 'metadata', version: 2 },
  { name: 'references', version: 2 },
  { name: 'image', version: 1 },
] as const;

export type StepName = (typeof STEPS)[number]['name'];

/** The step that refuses an asset for this reason. */
export function stepOf(code: ExtractionErrorCode): StepName {
  return code === 'IMAGE_LIMIT' ? 'image' : 'parse';
}

/** Equal for equal steps, vocabulary and options. */
export function pipelineVersion({ renditions, elementClasses = [] }: Pick<ExtractionOptions, 'renditions' | 'elementClasses'>): string {
  const vocabulary = createHash('sha256').update([ELEMENT_CLASSES, ...elementClasses].join('\n')).digest('hex').slice(0, 8);
  const steps = STEPS.map(({ name, version }) => `${name}${version}`).join('.');
  return `${steps}.vocabulary-${vocabulary}${renditions ? '.renditions' : ''}`;
}
