import { existsSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { SaxesParser } from 'saxes';
import { filesBelow } from './corpus-copies.mjs';

// npm run bench -- extraction [rounds]: extraction against the bare parser, in one thread, on the same bytes in memory.
// Each side has a thread of its own, one after the other, because they would spoil each other's
// inline caches, and counts its best round, so that other load disturbs less.
const built = process.env.BUILD_DIR ?? fileURLToPath(new URL('../../dist', import.meta.url));
const { extractXml } = await import(join(built, 'modules/pipeline/dita/extract-xml.js'));
const { setUpExtractionThread } = await import(join(built, 'modules/pipeline/thread-setup.js'));
const { DEFAULT_EXTRACTION_LIMITS } = await import(join(built, 'contracts/pipeline.js'));

const XML = new Set(['.dita', '.ditamap', '.bookmap', '.xml', '.ditaval']);
const corpus = [process.env.CORPUS_DIR && join(process.env.CORPUS_DIR, 'ditaot-docs'), fileURLToPath(new URL('../../samples', import.meta.url))].find(
  (folder) => folder && existsSync(folder),
);
if (!corpus) throw new Error('Set CORPUS_DIR to the folder that holds ditaot-docs/.');

const sources = filesBelow(corpus)
  .filter((file) => XML.has(extname(file)))
  .map((file) => {
    const bytes = readFileSync(join(corpus, file));
    return { path: `/content/dam/${file}`, damRoot: '/content/dam', sizeBytes: bytes.length, bytes };
  });
const megabytes = sources.reduce((sum, source) => sum + source.sizeBytes, 0) / 1e6;

function parse({ bytes }) {
  const parser = new SaxesParser({ xmlns: false, position: true });
  // External DTDs are not read: names that they declare must not stop the parser.
  parser.on('error', () => undefined);
  parser.write(bytes.toString('utf8')).close();
}

function secondsFor(work) {
  const started = performance.now();
  for (const source of sources) work(source);
  return (performance.now() - started) / 1000;
}

const WORK = { parser: parse, extraction: (source) => extractXml(source, DEFAULT_EXTRACTION_LIMITS) };

/** @param rounds of which the best counts. */
export async function compareExtraction(rounds) {
  const best = {};
  for (const name of Object.keys(WORK)) {
    const worker = new Worker(new URL(import.meta.url), { workerData: { name, rounds } });
    best[name] = await new Promise((done, fail) => worker.once('message', done).once('error', fail));
    console.log(`${name.padEnd(10)} ${Math.round(sources.length / best[name])} files/s, ${(megabytes / best[name]).toFixed(1)} MB/s`);
  }
  console.log(`ratio      ${(best.parser / best.extraction).toFixed(2)}`);
}

if (!isMainThread) {
  // Both sides, as the threads of the service are.
  setUpExtractionThread();
  let best = Infinity;
  for (let round = 0; round < workerData.rounds; round++) best = Math.min(best, secondsFor(WORK[workerData.name]));
  parentPort.postMessage(best);
}
