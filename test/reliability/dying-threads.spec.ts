import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DEFAULT_EXTRACTION_LIMITS } from '../../src/contracts/pipeline.js';
import { WorkerPool } from '../../src/modules/pipeline/worker-pool.js';
import { intercept } from '../support/held-calls.js';
import { ImportedTree } from '../support/imported-tree.js';
import { type SampleFile, sampleTree, topicOf } from '../support/sample-tree.js';

const MORTAL = pathToFileURL(join(__dirname, '../support/mortal-extraction.worker.mjs'));
const MAX_PARSE_MS = 3000;
const PATH = '/content/dam/t';
const CODES = {
  'hang.dita': /^TIME_LIMIT:/,
  'exit.dita': /^WORKER_LOST:/,
  'throw-later.dita': /^WORKER_LOST:/,
  // On a slow machine the time is used up before the memory is.
  'memory.dita': /^(WORKER_LOST|TIME_LIMIT):/,
};

/** Sound files, all of them; only the thread that reads one of these dies of it. */
const DEADLY = Object.keys(CODES).map((name, i): SampleFile => ({ path: `area-${i + 1}/folder-${i + 1}/${name}`, content: topicOf(name), succeeds: false }));

describe('threads that die under a job', () => {
  const tree = new ImportedTree(PATH, [...sampleTree(300), ...DEADLY], { batchSize: 40 });

  it('fail the asset that they were at and no other, and are replaced', async () => {
    const service = await tree.open();
    const limits = { ...DEFAULT_EXTRACTION_LIMITS, maxParseMs: MAX_PARSE_MS };
    const mortal = new WorkerPool({ limits, renditions: false, threads: 2, workerFile: MORTAL });
    try {
      intercept(service.pipeline, 'run', (_, assets, signal) => mortal.run(assets, signal));
      const processingId = await service.start(PATH);
      await tree.expectExact(service, processingId);
      const lost = new Map<string, string>();
      for await (const failures of service.jobs.streamFailures(processingId)) {
        for (const { path, error } of failures) {
          if (/^(WORKER_LOST|TIME_LIMIT):/.test(error)) lost.set(basename(path), error);
        }
      }
      expect([...lost.keys()].sort()).toEqual(Object.keys(CODES).sort());
      for (const [name, code] of Object.entries(CODES)) expect(lost.get(name)).toMatch(code);
    } finally {
      await mortal.close();
    }

    // With threads that live, what was lost succeeds.
    await tree.close(service);
    const next = await tree.open();
    const again = await next.start(PATH, { filterProcessedAssets: true });
    const broken = tree.whole.failed - DEADLY.length;
    await tree.expectExact(next, again, { total: tree.whole.failed, failed: broken });
  });
});
