import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { hintedFileType } from '../../contracts/file-type-hint.js';
import { emptyFacts } from './empty-facts.js';
import { extractAsset } from './extract-asset.js';
import { mimeTypeByName } from './mime-type-by-name.js';
import { stepOf } from './steps.js';
import { setUpExtractionThread } from './thread-setup.js';
import {
  type ChunkDone,
  type ChunkItem,
  type ChunkMessage,
  type ItemResult,
  PROGRESS_CHUNK,
  PROGRESS_INDEX,
  type WorkerStart,
  writeResults,
} from './worker-protocol.js';

const { options, progress } = workerData as WorkerStart;
const doing = new Int32Array(progress);

setUpExtractionThread();

parentPort?.on('message', (message: ChunkMessage) => {
  void run(message).then((done) => parentPort?.postMessage(done));
});

async function run({ chunk, items, bytes }: ChunkMessage): Promise<ChunkDone> {
  const results: ItemResult[] = [];
  const renditions: ChunkDone['renditions'] = [];
  for (const [index, item] of items.entries()) {
    Atomics.store(doing, PROGRESS_CHUNK, chunk);
    Atomics.store(doing, PROGRESS_INDEX, index);
    const result = await processItem(item, new Uint8Array(bytes, item.offset, item.length));
    if (result.extraction.renditions.length > 0) renditions.push([index, result.extraction.renditions]);
    results.push(result);
  }
  Atomics.store(doing, PROGRESS_INDEX, -1);
  return { chunk, json: writeResults(results), renditions };
}

async function processItem(item: ChunkItem, bytes: Uint8Array): Promise<ItemResult> {
  const started = performance.now();
  const sha256 = item.sha256 ?? createHash('sha256').update(bytes).digest('hex');
  try {
    const pending = extractAsset({ path: item.path, damRoot: item.damRoot, sizeBytes: item.sizeBytes, bytes }, options);
    const extraction = pending instanceof Promise ? await pending : pending;
    const { error } = extraction.facts;
    return { sha256, extraction, failedStep: error ? stepOf(error.code) : null, elapsedMs: performance.now() - started };
  } catch (error) {
    return { sha256, ...failure(item.path, error), elapsedMs: performance.now() - started };
  }
}

/** A fault of ours, not of the asset: it is recorded all the same, so that the job goes on. */
function failure(path: string, thrown: unknown): Pick<ItemResult, 'extraction' | 'failedStep'> {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const error = { code: 'INTERNAL' as const, line: null, column: null, message };
  const facts = { ...emptyFacts(hintedFileType(path), mimeTypeByName(path)), error };
  return { extraction: { facts, refs: [], renditions: [] }, failedStep: stepOf('INTERNAL') };
}
