import { type Entry, fromBuffer, type ZipFile } from 'yauzl';
import { openDatabase } from '../../src/repository/unit-of-work/open-database.js';
import type { SpawnedService } from './spawned-service.js';

/** Lines asked for at a time: not a divisor of the chunks that the log is stored in. */
const PAGE = 997;
const VERDICT = /^\S+ \S+ (\/.+?) (SUCCESS|FAILED|SKIPPED) /;

export type Verdicts = Map<string, string[]>;

/** The whole log of a job, page by page over HTTP. */
export async function loggedLines(service: SpawnedService, processingId: string): Promise<string[]> {
  const lines: string[] = [];
  for (;;) {
    const response = await service.fetch(`/assets/process/logs?processingId=${processingId}&offset=${lines.length}&limit=${PAGE}`);
    const page = (await response.json()) as { lines: string[]; hasMore: boolean };
    lines.push(...page.lines);
    if (!page.hasMore) return lines;
  }
}

/** Files of the archive of a job's log, by name. */
export async function archivedLog(service: SpawnedService, processingId: string): Promise<Map<string, string>> {
  const response = await service.fetch(`/assets/process/logs/download?processingId=${processingId}`);
  return unzip(Buffer.from(await response.arrayBuffer()));
}

/** What the lines say of each asset, in order; one word each in a job that is exact. */
export function verdictsOf(lines: readonly string[]): Verdicts {
  const verdicts: Verdicts = new Map();
  for (const line of lines) {
    const [, path, verdict] = VERDICT.exec(line) ?? [];
    if (path === undefined || verdict === undefined) continue;
    verdicts.set(path, [...(verdicts.get(path) ?? []), verdict]);
  }
  return verdicts;
}

/** The report below a path, without what differs between two runs on equal content. */
export async function reportBelow(service: SpawnedService, path: string): Promise<Record<string, unknown>[]> {
  const text = await (await service.fetch(`/assets/report?path=${encodeURIComponent(path)}`)).text();
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { uuid, processedAt, ...rest } = JSON.parse(line) as Record<string, unknown>;
      if (typeof uuid !== 'string' || typeof processedAt !== 'number') throw new Error(`Not a line of the report: ${line}`);
      return rest;
    });
}

/** What a job must not leave behind in the database. */
export interface Leftovers {
  /** Batches that are neither done nor a dry run's. */
  openBatches: number;
  leasedBatches: number;
  leasedSteps: number;
  /** Sources whose references wait to be looked up. */
  queuedSources: number;
  /** References without a status. */
  undecided: number;
}

export async function leftovers(databaseUrl: string): Promise<Leftovers> {
  const database = await openDatabase(databaseUrl, { migrate: false });
  const count = async (from: string): Promise<number> => {
    const [row] = await database.reader.query<{ n: number | string }>(`SELECT COUNT(*) AS n FROM ${from}`);
    return Number(row?.n);
  };
  try {
    return {
      openBatches: await count('guides_job_batch WHERE state IN (0, 1)'),
      leasedBatches: await count('guides_job_batch WHERE lease_owner IS NOT NULL'),
      leasedSteps: await count('guides_job_step WHERE lease_owner IS NOT NULL'),
      queuedSources: await count('guides_reference_queue'),
      undecided: await count('guides_asset_reference WHERE status IS NULL'),
    };
  } finally {
    await database.close();
  }
}

export const NOTHING_LEFT: Leftovers = { openBatches: 0, leasedBatches: 0, leasedSteps: 0, queuedSources: 0, undecided: 0 };

function unzip(bytes: Buffer): Promise<Map<string, string>> {
  return new Promise((resolve, reject) => {
    fromBuffer(bytes, { lazyEntries: true }, (error, zip) => {
      if (error) reject(error);
      else resolve(readEntries(zip));
    });
  });
}

function readEntries(zip: ZipFile): Promise<Map<string, string>> {
  return new Promise((resolve, reject) => {
    const files = new Map<string, string>();
    zip.on('error', reject);
    zip.on('end', () => resolve(files));
    zip.on('entry', (entry: Entry) => {
      zip.openReadStream(entry, (error, stream) => {
        if (error) return reject(error);
        const parts: Buffer[] = [];
        stream.on('data', (part: Buffer) => parts.push(part));
        stream.on('error', reject);
        stream.on('end', () => {
          files.set(entry.fileName, Buffer.concat(parts).toString());
          zip.readEntry();
        });
      });
    });
    zip.readEntry();
  });
}
