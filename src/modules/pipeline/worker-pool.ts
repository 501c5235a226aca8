import type { Extraction, ExtractionErrorCode } from '../../contracts/asset.js';
import { hintedFileType } from '../../contracts/file-type-hint.js';
import type { ExtractionOptions, Pipeline, PipelineInput, PipelineResult } from '../../contracts/pipeline.js';
import type { Chunk } from './chunk.js';
import { emptyFacts } from './empty-facts.js';
import { bytesWanted } from './bytes-wanted.js';
import { ExtractionThread } from './extraction-thread.js';
import { mimeTypeByName } from './mime-type-by-name.js';
import { pipelineVersion, stepOf } from './steps.js';
import type { ItemResult } from './worker-protocol.js';

/** Assets in one message to a thread: enough to make its cost small, few enough to share a batch among threads, and that reading the results never holds up the event loop. */
const CHUNK_ASSETS = 16;
/** How often threads are looked at for the time limit. */
const WATCH_MS = 100;
/** Threads that may die in a row before they have done anything; then something is wrong with all of them. */
const MAX_STILLBORN = 5;

export interface WorkerPoolOptions extends ExtractionOptions {
  threads: number;
  /** Compiled entry of the threads. */
  workerFile: URL;
}

/**
 * The pipeline in worker threads. `node:worker_threads` directly and not a pool library: when a thread dies or outruns
 * its time, exactly the asset it was at must fail and the others of its chunk be done again (processing.md, rule 8),
 * which needs to know, from outside a blocked thread, where it is.
 */
export class WorkerPool implements Pipeline {
  readonly version: string;
  private readonly threads = new Set<ExtractionThread>();
  private readonly waiting: Chunk[] = [];
  private readonly watch: NodeJS.Timeout;
  private stillborn = 0;
  private closed = false;

  constructor(private readonly options: WorkerPoolOptions) {
    this.version = pipelineVersion(options);
    this.watch = setInterval(() => this.endOverdue(), WATCH_MS);
    this.watch.unref();
  }

  bytesWanted(path: string): number {
    return bytesWanted(path, this.options);
  }

  async run(assets: readonly PipelineInput[], signal: AbortSignal): Promise<PipelineResult[]> {
    signal.throwIfAborted();
    // Nobody would ever take it up.
    if (this.closed) throw new Error('The pipeline is closed.');
    this.start();
    let stop: (reason: Error) => void = () => undefined;
    const aborted = new Promise<never>((_, reject) => (stop = reject));
    // What a thread is doing for an aborted run it may end; nobody listens any more.
    const onAbort = (): void => stop(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const chunks: Promise<PipelineResult[]>[] = [];
      for (let i = 0; i < assets.length; i += CHUNK_ASSETS) chunks.push(this.enqueue(assets.slice(i, i + CHUNK_ASSETS), signal));
      this.feed();
      return (await Promise.race([Promise.all(chunks), aborted])).flat();
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.watch);
    for (const chunk of this.waiting.splice(0)) chunk.failed(new Error('The pipeline is closed.'));
    await Promise.all([...this.threads].map((thread) => thread.terminate()));
  }

  /** With the first work and not before: a process at rest needs no threads, and one whose start fails leaves none behind. */
  private start(): void {
    while (this.threads.size < this.options.threads) this.addThread();
  }

  private enqueue(inputs: readonly PipelineInput[], signal: AbortSignal): Promise<PipelineResult[]> {
    return new Promise((resolve, reject) => this.waiting.push({ inputs, signal, done: resolve, failed: reject }));
  }

  private feed(): void {
    for (const thread of [...this.threads].sort((a, b) => a.load - b.load)) {
      while (thread.hasRoom) {
        const chunk = this.waiting.shift();
        if (!chunk) return;
        if (!chunk.signal.aborted) thread.send(chunk);
      }
    }
  }

  private addThread(): void {
    const thread = new ExtractionThread(this.options.workerFile, this.options, {
      done: (chunk, results) => {
        this.stillborn = 0;
        chunk.done(chunk.inputs.map((input, i) => ({ path: input.path, ...at(results, i) })));
        this.feed();
      },
      lost: (chunks, culprit, reason) => this.replace(thread, chunks, culprit, reason),
    });
    this.threads.add(thread);
  }

  /** A thread ended: its asset fails, everything else it had is done again by others. */
  private replace(thread: ExtractionThread, chunks: readonly Chunk[], culprit: PipelineInput | null, reason: { code: ExtractionErrorCode; message: string }): void {
    this.threads.delete(thread);
    if (this.closed) {
      for (const chunk of chunks) chunk.failed(new Error('The pipeline is closed.'));
      return;
    }
    this.stillborn = culprit === null ? this.stillborn + 1 : 0;
    if (this.stillborn > MAX_STILLBORN) {
      for (const chunk of [...chunks, ...this.waiting.splice(0)]) chunk.failed(new Error(`No worker thread can be started: ${reason.message}`));
      this.stillborn = 0;
    } else for (const chunk of chunks) this.waiting.unshift(...withoutCulprit(chunk, culprit, reason));
    this.addThread();
    this.feed();
  }

  private endOverdue(): void {
    for (const thread of this.threads) thread.endIfOverdue(this.options.limits.maxParseMs);
  }
}

/** The chunk again without the asset that failed; its failure is put among the others' results in its place. */
function withoutCulprit(chunk: Chunk, culprit: PipelineInput | null, reason: { code: ExtractionErrorCode; message: string }): Chunk[] {
  if (culprit === null || !chunk.inputs.includes(culprit)) return [chunk];
  const others = chunk.inputs.filter((input) => input !== culprit);
  const merged: Chunk = {
    ...chunk,
    inputs: others,
    done: (results) => {
      const byPath = new Map(results.map((result) => [result.path, result]));
      chunk.done(chunk.inputs.map((input) => byPath.get(input.path) ?? failedResult(input, reason)));
    },
  };
  if (others.length > 0) return [merged];
  merged.done([]);
  return [];
}

function failedResult(input: PipelineInput, { code, message }: { code: ExtractionErrorCode; message: string }): PipelineResult {
  const facts = { ...emptyFacts(hintedFileType(input.path), mimeTypeByName(input.path)), error: { code, line: null, column: null, message } };
  const extraction: Extraction = { facts, refs: [], renditions: [] };
  return { path: input.path, sha256: input.sha256 ?? '', extraction, failedStep: stepOf(code), elapsedMs: 0 };
}

function at(results: readonly ItemResult[], index: number): ItemResult {
  const result = results[index];
  if (result === undefined) throw new RangeError(`A worker thread gave no result ${index}.`);
  return result;
}
