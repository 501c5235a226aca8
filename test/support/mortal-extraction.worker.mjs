import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { extractAsset } from '../../dist/modules/pipeline/extract-asset.js';
import { stepOf } from '../../dist/modules/pipeline/steps.js';
import { PROGRESS_CHUNK, PROGRESS_INDEX, writeResults } from '../../dist/modules/pipeline/worker-protocol.js';
import { doDeed } from './deadly-deeds.mjs';

// The extraction thread of the service, but for assets whose name tells it to die: for tests of whole jobs.
const doing = new Int32Array(workerData.progress);

parentPort.on('message', async ({ chunk, items, bytes }) => {
  const results = [];
  for (const [index, item] of items.entries()) {
    Atomics.store(doing, PROGRESS_CHUNK, chunk);
    Atomics.store(doing, PROGRESS_INDEX, index);
    await doDeed(item.path);
    results.push(await process(item, new Uint8Array(bytes, item.offset, item.length)));
  }
  Atomics.store(doing, PROGRESS_INDEX, -1);
  parentPort.postMessage({ chunk, json: writeResults(results), renditions: [] });
});

async function process({ path, damRoot, sizeBytes, sha256 }, bytes) {
  const extraction = await extractAsset({ path, damRoot, sizeBytes, bytes }, workerData.options);
  const { error } = extraction.facts;
  return { sha256: sha256 ?? createHash('sha256').update(bytes).digest('hex'), extraction, failedStep: error ? stepOf(error.code) : null, elapsedMs: 1 };
}
