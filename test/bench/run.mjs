import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { throughput } from './throughput.mjs';

// npm run bench [-- <count> …]: whole jobs over so many assets; 20,000 and 100,000 by default.
// npm run bench -- extraction [rounds]: extraction alone, beside the bare parser.
if (process.argv[2] === 'extraction') {
  const { compareExtraction } = await import('./extraction-speed.mjs');
  await compareExtraction(Number(process.argv[3] ?? 40));
  process.exit();
}
// npm run bench -- mount [rounds]: what mounting the module adds to an empty Nest application.
if (process.argv[2] === 'mount') {
  const { mountCost } = await import('./mount-cost.mjs');
  await mountCost(Number(process.argv[3] ?? 5));
  process.exit();
}
const corpus = [process.env.CORPUS_DIR && `${process.env.CORPUS_DIR}/ditaot-docs`, fileURLToPath(new URL('../../samples', import.meta.url))].find(
  (folder) => folder && existsSync(folder),
);
// npm run bench -- cluster [count]: one worker against two, and against one message per asset.
if (process.argv[2] === 'cluster') {
  const { compareCluster } = await import('./cluster.mjs');
  await compareCluster(corpus, Number(process.argv[3] ?? 20_000));
  process.exit();
}
const counts = process.argv.slice(2).map(Number).filter((count) => count > 0);
console.log(`Corpus: ${corpus}${process.env.CORPUS_DIR ? '' : ' (set CORPUS_DIR for a larger one)'}`);
for (const count of counts.length > 0 ? counts : [20_000, 100_000]) {
  const r = await throughput(corpus, count);
  console.log(
    `${count} assets: import ${r.importPerSecond.toFixed(0)}/s · job ${r.perSecond.toFixed(0)}/s in ${r.seconds.toFixed(1)} s` +
      ` · merely read and parsed ${r.parsePerSecond.toFixed(0)}/s · ratio ${r.ratio.toFixed(2)}` +
      ` · peak RSS ${r.peakRssMiB.toFixed(0)} MiB · status p50 ${r.statusP50Ms.toFixed(1)} ms, p99 ${r.statusP99Ms.toFixed(1)} ms, max ${r.statusMaxMs.toFixed(1)} ms`,
  );
}
