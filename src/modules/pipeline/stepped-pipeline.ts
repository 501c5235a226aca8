import { createHash } from 'node:crypto';
import type { Extraction } from '../../contracts/asset.js';
import type { ExtractionLimits, Pipeline, PipelineInput, PipelineResult, ProcessingStep } from '../../contracts/pipeline.js';
import { withinTime, WorkTimeError } from './within-time.js';

/**
 * The pipeline with a host's own steps behind it, in their order. They run in the event loop, so that they may use whatever the
 * host has; one that computes for long holds up everything else and belongs in a thread of the host's own.
 */
export class SteppedPipeline implements Pipeline {
  private known: { steps: readonly ProcessingStep[]; version: string } | null = null;

  /** @param findSteps is asked once, when the first job needs to know: all providers of the host are there then. */
  constructor(
    private readonly extraction: Pipeline,
    private readonly findSteps: () => readonly ProcessingStep[],
    private readonly limits: Pick<ExtractionLimits, 'maxParseMs'>,
  ) {}

  get version(): string {
    return this.found.version;
  }

  bytesWanted(path: string): number {
    return this.extraction.bytesWanted(path);
  }

  async run(assets: readonly PipelineInput[], signal: AbortSignal): Promise<PipelineResult[]> {
    const { steps } = this.found;
    if (steps.length === 0) return this.extraction.run(assets, signal);
    // The buffers go to the threads and do not come back.
    const byPath = new Map(assets.map((asset) => [asset.path, { ...asset, bytes: Uint8Array.from(asset.bytes) }]));
    const results = await this.extraction.run(assets, signal);
    const done: PipelineResult[] = [];
    for (const result of results) {
      const asset = byPath.get(result.path);
      done.push(asset && result.failedStep === null && result.extraction.facts.error === null ? await this.runSteps(steps, asset, result, signal) : result);
    }
    return done;
  }

  close(): Promise<void> {
    return this.extraction.close();
  }

  private get found(): { steps: readonly ProcessingStep[]; version: string } {
    if (this.known === null) {
      const steps = this.findSteps();
      const names = steps.map(({ name, version }) => `${name}${version}`).join('.');
      const suffix = steps.length === 0 ? '' : `.host-${createHash('sha256').update(names).digest('hex').slice(0, 8)}`;
      this.known = { steps, version: this.extraction.version + suffix };
    }
    return this.known;
  }

  private async runSteps(steps: readonly ProcessingStep[], asset: PipelineInput, result: PipelineResult, signal: AbortSignal): Promise<PipelineResult> {
    const started = performance.now();
    let { extraction } = result;
    for (const step of steps) {
      signal.throwIfAborted();
      const soFar = extraction;
      try {
        const added = await withinTime((given) => step.process(asset, soFar, given), this.limits.maxParseMs, signal);
        extraction = checked(step, added);
      } catch (error) {
        signal.throwIfAborted();
        return { ...result, extraction: refused(extraction, error), failedStep: step.name, elapsedMs: result.elapsedMs + performance.now() - started };
      }
    }
    return { ...result, extraction, elapsedMs: result.elapsedMs + performance.now() - started };
  }
}

/** @throws when it is not what a step must return. */
function checked(step: ProcessingStep, extraction: Extraction | undefined): Extraction {
  const isWhole = extraction?.facts !== undefined && Array.isArray(extraction.refs) && Array.isArray(extraction.renditions);
  if (!isWhole) throw new TypeError(`The step "${step.name}" did not return an extraction (facts, refs, renditions).`);
  return extraction;
}

/** What was found stays; that the asset failed, and why, is added. */
function refused(extraction: Extraction, error: unknown): Extraction {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof WorkTimeError ? 'TIME_LIMIT' : 'INTERNAL';
  return { ...extraction, facts: { ...extraction.facts, error: { code, line: null, column: null, message } } };
}
