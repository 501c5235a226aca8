import { hintedFileType } from '../../contracts/file-type-hint.js';
import type { JobType } from '../../contracts/job-type.js';
import type { ExtractionLimits, PipelineInput, PipelineResult } from '../../contracts/pipeline.js';
import { emptyFacts } from './empty-facts.js';
import { withinTime, WorkTimeError } from './within-time.js';

/** What a host's own type of job does with assets. It runs in the event loop, as the host's steps do. */
export class JobTypePipeline {
  constructor(
    private readonly type: JobType,
    private readonly limits: Pick<ExtractionLimits, 'maxParseMs' | 'maxXmlBytes'>,
  ) {}

  bytesWanted(path: string): number {
    return this.type.bytesWanted?.(path) ?? this.limits.maxXmlBytes;
  }

  /** @throws the signal's reason when aborted. */
  async run(assets: readonly PipelineInput[], signal: AbortSignal): Promise<PipelineResult[]> {
    const done: PipelineResult[] = [];
    for (const asset of assets) done.push(await this.runOne(asset, signal));
    return done;
  }

  private async runOne(asset: PipelineInput, signal: AbortSignal): Promise<PipelineResult> {
    const started = performance.now();
    const facts = emptyFacts(hintedFileType(asset.path), 'application/octet-stream');
    const nothing = { path: asset.path, sha256: asset.sha256 ?? '', extraction: { facts, refs: [], renditions: [] } };
    try {
      const output = await withinTime((given) => this.type.process(asset, given), this.limits.maxParseMs, signal);
      return { ...nothing, output: { value: output }, failedStep: null, elapsedMs: performance.now() - started };
    } catch (error) {
      signal.throwIfAborted();
      const code = error instanceof WorkTimeError ? 'TIME_LIMIT' : 'INTERNAL';
      facts.error = { code, line: null, column: null, message: error instanceof Error ? error.message : String(error) };
      return { ...nothing, failedStep: this.type.name, elapsedMs: performance.now() - started };
    }
  }
}
