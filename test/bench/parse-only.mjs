import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { extname, join } from 'node:path';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { SaxesParser } from 'saxes';
import { filesBelow } from './corpus-copies.mjs';

const XML = new Set(['.dita', '.ditamap', '.bookmap', '.xml', '.ditaval']);

/** The yardstick: every file read, the XML ones parsed by the bare parser, on every core. Resolves to seconds. */
export async function parseOnly(folder) {
  const files = filesBelow(folder).map((file) => join(folder, file));
  const threads = availableParallelism();
  const workers = Array.from({ length: threads }, () => new Worker(new URL(import.meta.url)));
  await Promise.all(workers.map((worker) => new Promise((ready) => worker.once('message', ready))));
  const started = performance.now();
  await Promise.all(
    workers.map(
      (worker, i) =>
        new Promise((done) => {
          worker.once('message', done);
          worker.postMessage(files.filter((_, n) => n % threads === i));
        }),
    ),
  );
  const seconds = (performance.now() - started) / 1000;
  await Promise.all(workers.map((worker) => worker.terminate()));
  return { files: files.length, seconds };
}

if (!isMainThread) {
  parentPort.on('message', (files) => {
    for (const file of files) {
      const bytes = readFileSync(file);
      if (!XML.has(extname(file))) continue;
      const parser = new SaxesParser({ xmlns: false, position: true });
      // External DTDs are not read: names that they declare must not stop the parser.
      parser.on('error', () => undefined);
      parser.write(bytes.toString('utf8')).close();
    }
    parentPort.postMessage('done');
  });
  parentPort.postMessage('ready');
}
