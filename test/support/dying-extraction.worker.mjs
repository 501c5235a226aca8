import { parentPort, workerData } from 'node:worker_threads';
import { doDeed } from './deadly-deeds.mjs';

// An extraction thread for tests: it does to itself what the name of an asset says, and answers for all others.
const PROGRESS_CHUNK = 0;
const PROGRESS_INDEX = 1;
const doing = new Int32Array(workerData.progress);

parentPort.on('message', async ({ chunk, items, bytes }) => {
  const results = [];
  for (const [index, item] of items.entries()) {
    Atomics.store(doing, PROGRESS_CHUNK, chunk);
    Atomics.store(doing, PROGRESS_INDEX, index);
    const content = Buffer.from(bytes, item.offset, item.length).toString();
    await doDeed(item.path);
    results.push(result(content));
  }
  Atomics.store(doing, PROGRESS_INDEX, -1);
  parentPort.postMessage({ chunk, json: JSON.stringify(results), renditions: [] });
});

/** Enough of a result to tell by its title which bytes it was made of. */
function result(content) {
  const facts = { fileType: 'DITATOPIC', title: content, error: null, warnings: [] };
  return { sha256: 'x', extraction: { facts, refs: [], renditions: [] }, failedStep: null, elapsedMs: 1 };
}
