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
 * GUIDES_KILLS, GUIDES_KILL_ASSETS and GUIDES_KILL_SEED set the size and repeat a run; with GUIDES_KILL_ASSETS and
 * CORPUS_DIR the tree is made of copies of the documentation corpus instead of the project's own samples.
 */
const KILLS = Number(process.env.GUIDES_KILLS ?? 5);
const ASSETS = Number(process.env.GUIDES_KILL_ASSETS ?? 2000);
const SEED = Number(process.env.GUIDES_KILL_SEED ?? Date.now() % 1_000_000);
const CORPUS = process.env.GUIDES_KILL_ASSETS && process.env.CORPUS_DIR ? join(process.env.CORPUS_DIR, 'ditaot-docs') : null;

const PATH = '/content/dam/kill';
/** Small batches and a short lease: many moments to be killed at, and the lease is not what is waited for. */
const SETTINGS = { batchSize: CORPUS ? 200 : 40, leaseMs: 2000, sweepMs: 100 };
/** Share of the kills that hit the process while it starts. */
const AT_START = 0.25;
/** Longest wait between the moment that is aimed at and the kill. */
const SCATTER_MS = 40;

jest.setTimeout(120_000 + ASSETS * 20);

describe(`kill -9 at ${KILLS} random moments of a job on ${ASSETS} assets (seed ${SEED})`, () => {
  const random = seededRandom(SEED);
  let source: string;
  let data: ServiceData;
  let undisturbed: Record<string, unknown>[];
  let undisturbedMs: number;
  let startMs: number;
  let service: SpawnedService | null = null;

  beforeAll(async () => {
    source = mkdtempSync(join(tmpdir(), 'guides-kill-'));
    if (CORPUS) copyCorpus(CORPUS, source, ASSETS);
    else writeTree(source, sampleTree(ASSETS));
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
      `kill -9: seed ${SEED}, ${KILLS} kills (${interrupted} before the job had ended), ${ASSETS} assets: ${status.succeededCount} succeeded, ` +
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
    expect([...verdicts.values()].filter(([said]) => said === 'FAILED')).toHaveLength(failedCount);
    const archive = await archivedLog(service, processingId);
    expect(archive.get(`${processingId}.log`)).toBe(`${lines.join('\n')}\n`);
    expect(failedPaths(archive.get('failures.csv'))).toEqual(pathsOf(undisturbed, 'FAILED'));
    expect(failedCount).toBe(pathsOf(undisturbed, 'FAILED').length);

    expect(differences(await reportBelow(service, PATH), undisturbed)).toEqual([]);
    await service.end('SIGTERM');
    expect(await leftovers(data.settings.databaseUrl)).toEqual(NOTHING_LEFT);
    expect(interrupted).toBeGreaterThan(0);
  });

  /** Aims at a moment of the job, or of the start of the process; true when the job had not ended by then. */
  async function runUntilKilled(running: SpawnedService, processingId: string, kill: number): Promise<boolean> {
    if (kill > 1 && random() < AT_START) {
      await delay(random() * startMs);
      await running.end('SIGKILL');
      return true;
    }
    if (kill > 1) await running.listening();
    // The last ones aim at the reference phase, which begins when all assets are done.
    const aim = Math.min(1, (kill - random()) / Math.max(1, KILLS - 1)) * ASSETS;
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
