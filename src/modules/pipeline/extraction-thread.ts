import { Worker } from 'node:worker_threads';
import type { ExtractionErrorCode } from '../../contracts/asset.js';
import type { ExtractionOptions, PipelineInput } from '../../contracts/pipeline.js';
import type { Chunk } from './chunk.js';
import {
  type ChunkDone,
  type ChunkItem,
  type ChunkMessage,
  type ItemResult,
  PROGRESS_BYTES,
  PROGRESS_CHUNK,
  PROGRESS_INDEX,
  readResults,
  type WorkerStart,
} from './worker-protocol.js';

/** Chunks a thread holds: one to work on and one at hand, so that it never waits for a busy parent. */
const CHUNKS_AT_HAND = 2;
/** Memory of one thread; an asset that needs more kills it, and fails alone. */
const MAX_HEAP_MB = 768;
/** Half of the default: what an asset leaves behind dies young, and every thread would keep it all. */
const MAX_YOUNG_MB = 24;

export interface ThreadListener {
  done(chunk: Chunk, results: ItemResult[]): void;
  /** The thread ended with these chunks unfinished, at this asset. */
  lost(chunks: readonly Chunk[], culprit: PipelineInput | null, reason: { code: ExtractionErrorCode; message: string }): void;
}

/** One worker thread and the chunks it was given. */
export class ExtractionThread {
  private readonly worker: Worker;
  private readonly chunks = new Map<number, Chunk>();
  private readonly progress = new SharedArrayBuffer(PROGRESS_BYTES);
  private readonly doing = new Int32Array(this.progress);
  private nextChunk = 1;
  private overdue = false;
  private fault: Error | null = null;
  /** What the thread was last seen doing, and since when. */
  private seen = { chunk: 0, index: -1, sinceMs: performance.now() };

  constructor(
    workerFile: URL,
    options: ExtractionOptions,
    private readonly listener: ThreadListener,
  ) {
    Atomics.store(this.doing, PROGRESS_INDEX, -1);
    const start: WorkerStart = { options: { limits: options.limits, renditions: options.renditions, elementClasses: options.elementClasses }, progress: this.progress };
    this.worker = new Worker(workerFile, { workerData: start, resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB, maxYoungGenerationSizeMb: MAX_YOUNG_MB } });
    this.worker.unref();
    this.worker.on('message', (message: ChunkDone) => this.onDone(message));
    this.worker.on('error', (error: Error) => (this.fault = error));
    this.worker.on('exit', () => this.onExit());
  }

  get load(): number {
    return this.chunks.size;
  }

  get hasRoom(): boolean {
    return this.chunks.size < CHUNKS_AT_HAND;
  }

  send(chunk: Chunk): void {
    const number = this.nextChunk++;
    this.chunks.set(number, chunk);
    this.worker.ref();
    const message = pack(number, chunk.inputs);
    this.worker.postMessage(message, [message.bytes]);
  }

  /** Ends the thread when it has been at one asset for longer than `maxMs`. */
  endIfOverdue(maxMs: number): void {
    const chunk = Atomics.load(this.doing, PROGRESS_CHUNK);
    const index = Atomics.load(this.doing, PROGRESS_INDEX);
    const now = performance.now();
    if (index < 0 || chunk !== this.seen.chunk || index !== this.seen.index) {
      this.seen = { chunk, index, sinceMs: now };
    } else if (now - this.seen.sinceMs > maxMs) {
      this.overdue = true;
      void this.worker.terminate();
    }
  }

  async terminate(): Promise<void> {
    await this.worker.terminate();
  }

  private onDone({ chunk: number, json, renditions }: ChunkDone): void {
    const chunk = this.chunks.get(number);
    if (!chunk) return;
    this.chunks.delete(number);
    if (this.chunks.size === 0) this.worker.unref();
    const results = readResults(json);
    for (const [index, made] of renditions) {
      const result = results[index];
      if (result) result.extraction.renditions = made;
    }
    this.listener.done(chunk, results);
  }

  private onExit(): void {
    const chunk = this.chunks.get(Atomics.load(this.doing, PROGRESS_CHUNK));
    const culprit = chunk?.inputs[Atomics.load(this.doing, PROGRESS_INDEX)] ?? null;
    this.listener.lost([...this.chunks.values()], culprit, this.reason());
  }

  private reason(): { code: ExtractionErrorCode; message: string } {
    if (this.overdue) return { code: 'TIME_LIMIT', message: 'Processing took longer than the time limit of one asset.' };
    const cause = this.fault?.message ?? 'it ended without a word';
    return { code: 'WORKER_LOST', message: `The thread that processed the asset ended: ${cause}` };
  }
}

/** All bytes in one buffer that is handed over without a copy; the inputs keep theirs, to be sent again if need be. */
function pack(chunk: number, inputs: readonly PipelineInput[]): ChunkMessage {
  const total = inputs.reduce((sum, input) => sum + input.bytes.length, 0);
  const all = new Uint8Array(total);
  let offset = 0;
  const items = inputs.map(({ path, damRoot, sizeBytes, sha256, bytes }): ChunkItem => {
    all.set(bytes, offset);
    const item = { path, damRoot, sizeBytes, sha256, offset, length: bytes.length };
    offset += bytes.length;
    return item;
  });
  return { chunk, items, bytes: all.buffer };
}
