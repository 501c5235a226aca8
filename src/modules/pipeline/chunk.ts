import type { PipelineInput, PipelineResult } from '../../contracts/pipeline.js';

/** Assets on their way to a thread, with what is to be told when they are done. */
export interface Chunk {
  inputs: readonly PipelineInput[];
  done: (results: PipelineResult[]) => void;
  failed: (error: unknown) => void;
  signal: AbortSignal;
}
