import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { archivedLog, leftovers, loggedLines, NOTHING_LEFT, reportBelow, verdictsOf } from '../support/job-evidence.js';
import { sampleTree, writeTree } from '../support/sample-tree.js';
import { seededRandom } from '../support/seeded-random.js';
import { ServiceData } from '../support/service-data.js';
import { SpawnedService } from '../support/spawned-service.js';

/**
 * KILL_TEST=long kills 20 times on 20,000 assets, copies of the documentation corpus in CORPUS_DIR where that is set;
 * else 5 times on 2,000 samples. KILL_SEED repeats a run.
 */
const IS_LONG = process.env.KILL_TEST === 'long';
const KILLS = IS_LONG ? 20 : 5;
const ASSETS = IS_LONG ? 20_000 : 2000;
const SEED = Number(process.env.KILL_SEED ?? Date.now() % 1_000_000);
const CORPUS = IS_LONG && process.env.CORPUS_DIR ? join(process.env.CORPUS_DIR, 'ditaot-docs') : null;
/** Some are broken on purpose; the corpus is sound. */
const SAMPLES = CORPUS ? 2000 : ASSETS;
const TREE = CORPUS
  ? `copies of the documentation corpus and ${SAMPLES} samples`
  : `samples of the project (${IS_LONG ? 'CORPUS_DIR is not set' : 'the short form; KILL_TEST=long with CORPUS_DIR takes 20 kills on 20,000 assets of the corpus'})`;

const PATH = '/content/dam/kill';
/** Small batches and a short lease: many moments to be killed at, and the lease is not what is waited for. */
const SETTINGS = { batchSize: IS_LONG ? 100 : 40, leaseMs: 2000, sweepMs: 100 };
/** Share of the kills that hit the process while it starts. */
const AT_START = 0.25;
/** Longest wait between the moment that is aimed at and the kill. */
const SCATTER_MS = 40;

jest.setTimeout(IS_LONG ? 900_000 : 120_000);

describe(`kill -9 at ${KILLS} random moments of a job on ${ASSETS} assets`, () => {
  const random = seededRandom(SEED);
  let source: string;
  let data: ServiceData;
  let undisturbed: Record<string, unknown>[];
  let undisturbedMs: number;
  let startMs: number;
  let service: SpawnedService | null = null;

  beforeAll(async () => {
    source = mkdtempSync(join(tmpdir(), 'guides-kill-'));
    if (CORPUS) copyCorpus(CORPUS, source, ASSETS - SAMPLES);
    writeTree(source, sampleTree(SAMPLES));
    data = ServiceData.create(SETTINGS);
    await data.import(source, PATH);
    ({ report: undisturbed, jobMs: undisturbedMs, startMs } = await runUndisturbed(data.copy()));
  });
  afterAll(async () => {
    await service?.end('SIGKILL');
    data.remove();
    rmSync(source, { recursive: true, force: true });
  });

  it('ends exact, with nothing done but starting the service again', async () => {
    const started = performance.now();
    service = await SpawnedService.start(data.environment);
    const processingId = await service.startJob(PATH);
    let interrupted = 0;
    for (let kill = 1; kill <= KILLS; kill++) {
      if (await runUntilKilled(service, processingId, kill)) interrupted++;
      service = await SpawnedService.spawn(data.environment);
    }
    await service.listening();
    const status = await service.finished(processingId);
    const jobMs = performance.now() - started;

    const lines = await loggedLines(service, processingId);
    const verdicts = verdictsOf(lines);
    process.stdout.write(
      `kill -9: ${TREE}, seed ${SEED}, ${KILLS} kills (${interrupted} while the job ran), ${ASSETS} assets: ${status.succeededCount} succeeded, ` +
        `${status.failedCount} failed, ${status.skippedCount} skipped; ${verdicts.size} paths, ${lines.length} log lines; ` +
        `${(jobMs / 1000).toFixed(1)} s against ${(undisturbedMs / 1000).toFixed(1)} s undisturbed\n`,
    );

    const { succeededCount, failedCount, skippedCount, triggeredCount, migrationSet } = status;
    expect({ sum: succeededCount + failedCount + skippedCount, triggeredCount, totalFiles: migrationSet.totalFiles }).toEqual({
      sum: ASSETS,
      triggeredCount: ASSETS,
      totalFiles: ASSETS,
    });
    expect(verdicts.size).toBe(ASSETS);
    expect([...verdicts].filter(([, said]) => said.length !== 1)).toEqual([]);
    const said = (verdict: string): number => [...verdicts.values()].filter(([word]) => word === verdict).length;
    expect({ SUCCESS: said('SUCCESS'), FAILED: said('FAILED') }).toEqual({ SUCCESS: succeededCount, FAILED: failedCount });
    expect([...verdicts.keys()].sort()).toEqual(undisturbed.map(({ path }) => String(path)).sort());
    const archive = await archivedLog(service, processingId);
    expect(archive.get(`${processingId}.log`)).toBe(`${lines.join('\n')}\n`);
    expect(failedPaths(archive.get('failures.csv'))).toEqual(pathsOf(undisturbed, 'FAILED'));
    expect(failedCount).toBe(pathsOf(undisturbed, 'FAILED').length);

    expect(differences(await reportBelow(service, PATH), undisturbed)).toEqual([]);
    await service.end('SIGTERM');
    expect(await leftovers(data.settings.databaseUrl)).toEqual(NOTHING_LEFT);
    // The reference phase may be over before the last one strikes.
    expect(interrupted).toBeGreaterThanOrEqual(KILLS - 1);
  });

  /** Aims at a moment of the job, or of the start of the process; true when the job had not ended by then. */
  async function runUntilKilled(running: SpawnedService, processingId: string, kill: number): Promise<boolean> {
    if (kill > 1 && random() < AT_START) {
      await delay(random() * startMs);
      await running.end('SIGKILL');
      return true;
    }
    if (kill > 1) await running.listening();
    // Spread over all assets, at random within each part; the last one aims at the reference phase, which follows them.
    const aim = kill === KILLS ? ASSETS : ((kill - random()) / KILLS) * ASSETS;
    const seen = await running.statusWhen(processingId, (status) => status.triggeredCount >= aim || status.status === 'SUCCESS');
    if (seen.status !== 'SUCCESS') await delay(random() * SCATTER_MS);
    await running.end('SIGKILL');
    return seen.status !== 'SUCCESS';
  }
});

async function runUndisturbed(data: ServiceData): Promise<{ report: Record<string, unknown>[]; jobMs: number; startMs: number }> {
  const spawned = performance.now();
  const service = await SpawnedService.start(data.environment);
  const started = performance.now();
  try {
    await service.finished(await service.startJob(PATH));
    const jobMs = performance.now() - started;
    return { report: await reportBelow(service, PATH), jobMs, startMs: started - spawned };
  } finally {
    await service.end('SIGTERM');
    data.remove();
  }
}

/** Pairs of lines that are not equal, the first few of them. */
function differences(report: readonly object[], expected: readonly object[]): [string, string][] {
  const pairs = Array.from({ length: Math.max(report.length, expected.length) }, (_, i): [string, string] => [
    JSON.stringify(report[i] ?? null),
    JSON.stringify(expected[i] ?? null),
  ]);
  return pairs.filter(([a, b]) => a !== b).slice(0, 3);
}

function pathsOf(report: readonly Record<string, unknown>[], outcome: string): string[] {
  return report.flatMap((line) => (line.outcome === outcome ? [String(line.path)] : [])).sort();
}

/** Paths have neither commas nor quotes here. */
function failedPaths(csv = ''): string[] {
  return csv
    .split(/\r?\n/)
    .slice(1)
    .flatMap((row) => (row.startsWith('/') ? [row.slice(0, row.indexOf(','))] : []))
    .sort();
}

/** Copies of all files of the corpus until there are `count`. */
function copyCorpus(corpus: string, target: string, count: number): void {
  const files = readdirSync(corpus, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(corpus, join(entry.parentPath, entry.name)))
    .filter((path) => !path.split('/').includes('.git'))
    .sort();
  for (let i = 0; i < count; i++) {
    const file = files[i % files.length] ?? '';
    const to = join(target, `copy-${String(Math.floor(i / files.length)).padStart(5, '0')}`, file);
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(join(corpus, file), to);
  }
}
