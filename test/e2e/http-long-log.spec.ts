import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogLine } from '../../src/contracts/job.js';
import { JobLogStore } from '../../src/repository/jobs/job-log.store.js';
import { openDatabase } from '../../src/repository/unit-of-work/open-database.js';
import { forgetPeak, peakMib } from '../support/process-memory.js';
import { writeTree } from '../support/sample-tree.js';
import { ServiceData } from '../support/service-data.js';
import { SpawnedService } from '../support/spawned-service.js';

const PATH = '/content/dam/long';
const LINES = 1_000_000;
/** As many as a batch of the default size writes at a time. */
const LINES_PER_COMMIT = 1000;
const ROUNDS = 41;
const MAX_RATIO = 2;
const MAX_ZIP_MIB = 50;

describe('a log of a million lines', () => {
  const source = mkdtempSync(join(tmpdir(), 'guides-long-log-'));
  let data: ServiceData;
  let service: SpawnedService;
  let processingId: string;

  beforeAll(async () => {
    writeTree(source, [{ path: 'a.md', content: '# One\n', succeeds: true }]);
    data = ServiceData.create({ workerThreads: 1, sweepMs: 50 });
    await data.import(source, PATH);
    service = await SpawnedService.start({ ...data.environment, LOG_LEVEL: 'error' });
    processingId = await service.startJob(PATH);
    await service.finished(processingId);
    await service.end('SIGTERM');
    await fill();
    service = await SpawnedService.start({ ...data.environment, LOG_LEVEL: 'error' });
  }, 180_000);
  afterAll(async () => {
    await service.end('SIGKILL');
    data.remove();
    rmSync(source, { recursive: true, force: true });
  });

  async function fill(): Promise<void> {
    const database = await openDatabase(data.settings.databaseUrl, { migrate: false });
    const log = new JobLogStore(database);
    for (let from = 0; from < LINES; from += LINES_PER_COMMIT) {
      const lines = Array.from({ length: LINES_PER_COMMIT }, (_, i): LogLine => ({ level: 'INFO', text: `${PATH}/a/rather/long/path/to/topic-${from + i}.dita SUCCESS DITATOPIC` }));
      await database.run((tx) => log.append(processingId, lines, tx));
    }
    await database.close();
  }

  const url = (query: string): string => `/assets/process/logs?processingId=${processingId}&${query}`;

  it('is read at its end as fast as at its beginning', async () => {
    const queries = ['offset=0&limit=100', 'offset=999000&limit=100', 'tail=100'];
    const took = queries.map((): number[] => []);
    // Turn by turn, so that what else the machine does meets all alike.
    for (let round = 0; round < ROUNDS; round++) {
      for (const [i, query] of queries.entries()) {
        const started = performance.now();
        const { lines } = (await (await service.fetch(url(query))).json()) as { lines: string[] };
        took[i]?.push(performance.now() - started);
        expect(lines).toHaveLength(100);
      }
    }
    const [first = Number.NaN, late = Number.NaN, tail = Number.NaN] = took.map(median);
    process.stderr.write(`log of ${LINES} lines: first page ${first.toFixed(2)} ms, at 999,000 ${late.toFixed(2)} ms, tail ${tail.toFixed(2)} ms (medians of ${ROUNDS})\n`);
    expect(late / first).toBeLessThan(MAX_RATIO);
    expect(tail / first).toBeLessThan(MAX_RATIO);
  });

  it('is streamed as a ZIP without being held', async () => {
    const idleMib = forgetPeak(service.pid);
    const answer = await service.fetch(`/assets/process/logs/download?processingId=${processingId}`);
    let bytes = 0;
    for await (const chunk of answer.body ?? []) bytes += (chunk as Uint8Array).length;
    const zipPeakMib = peakMib(service.pid);
    process.stderr.write(`ZIP of ${LINES} lines: ${(bytes / 2 ** 20).toFixed(1)} MiB, ${(zipPeakMib - idleMib).toFixed(0)} MiB above the idle ${idleMib.toFixed(0)} MiB\n`);
    expect(bytes).toBeGreaterThan(1_000_000);
    expect(zipPeakMib - idleMib).toBeLessThan(MAX_ZIP_MIB);
  }, 120_000);
});

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
