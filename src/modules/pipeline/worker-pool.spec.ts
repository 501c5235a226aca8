import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DEFAULT_EXTRACTION_LIMITS, type PipelineInput, type PipelineResult } from '../../contracts/pipeline.js';
import { WorkerPool } from './worker-pool.js';

const DYING = pathToFileURL(join(__dirname, '../../../test/support/dying-extraction.worker.mjs'));
const MAX_PARSE_MS = 1500;
const NEVER = new AbortController().signal;

function input(name: string): PipelineInput {
  const bytes = Buffer.from(`content of ${name}`);
  return { path: `/content/dam/${name}`, damRoot: '/content/dam', sizeBytes: bytes.length, sha256: null, bytes };
}

function good(from: number, count: number): PipelineInput[] {
  return Array.from({ length: count }, (_, i) => input(`good-${from + i}.dita`));
}

/** The error's code, or the title that the thread made of the bytes it was sent. */
function said({ path, extraction: { facts } }: PipelineResult): string {
  return `${path} ${facts.error?.code ?? facts.title ?? ''}`;
}

function expected(inputs: readonly PipelineInput[], codes: Record<string, string>): string[] {
  return inputs.map(({ path, bytes }) => `${path} ${codes[path.slice(path.lastIndexOf('/') + 1)] ?? Buffer.from(bytes).toString()}`);
}

describe('worker threads that die', () => {
  let pool: WorkerPool;
  beforeEach(() => {
    const limits = { ...DEFAULT_EXTRACTION_LIMITS, maxParseMs: MAX_PARSE_MS };
    pool = new WorkerPool({ limits, renditions: false, threads: 2, workerFile: DYING });
  });
  afterEach(() => pool.close());

  it.each([
    ['runs forever', 'hang.dita', 'TIME_LIMIT'],
    ['ends its thread', 'exit.dita', 'WORKER_LOST'],
    ['throws out of turn', 'throw-later.dita', 'WORKER_LOST'],
    ['uses up the memory', 'memory.dita', 'WORKER_LOST'],
  ])('an asset that %s fails alone, whatever its place in the chunk', async (_, name, code) => {
    // Chunks are of 50: the culprit stands amid others, and others stand behind it in a chunk that is at hand.
    const inputs = [...good(0, 30), input(name), ...good(30, 130)];
    const limits = { ...DEFAULT_EXTRACTION_LIMITS, maxParseMs: code === 'TIME_LIMIT' ? MAX_PARSE_MS : 60_000 };
    const patient = new WorkerPool({ limits, renditions: false, threads: 2, workerFile: DYING });
    try {
      const results = await patient.run(inputs, NEVER);
      expect(results.map(said)).toEqual(expected(inputs, { [name]: code }));
      expect(results.find(({ failedStep }) => failedStep !== null)).toMatchObject({ path: `/content/dam/${name}`, failedStep: 'parse' });
    } finally {
      await patient.close();
    }
  });

  it('goes on when every asset of a batch kills its thread', async () => {
    const inputs = Array.from({ length: 60 }, (_, i) => input(`${i}/exit.dita`));
    const results = await pool.run(inputs, NEVER);
    expect(results.map(said)).toEqual(expected(inputs, { 'exit.dita': 'WORKER_LOST' }));
    expect((await pool.run([input('after.dita')], NEVER)).map(said)).toEqual(['/content/dam/after.dita content of after.dita']);
  });

  it('keeps runs apart: a culprit in one does not fail the other', async () => {
    const bad = [...good(0, 10), input('exit.dita'), ...good(10, 10)];
    const other = good(100, 120);
    const [first, second] = await Promise.all([pool.run(bad, NEVER), pool.run(other, NEVER)]);
    expect(first.map(said)).toEqual(expected(bad, { 'exit.dita': 'WORKER_LOST' }));
    expect(second.map(said)).toEqual(expected(other, {}));
  });

  it('rejects at once with the reason when aborted, and serves the next run', async () => {
    const abort = new AbortController();
    const hanging = pool.run([input('hang.dita')], abort.signal);
    abort.abort(new Error('cancelled'));
    await expect(hanging).rejects.toThrow('cancelled');
    await expect(pool.run([input('a.dita')], abort.signal)).rejects.toThrow('cancelled');
    expect((await pool.run(good(0, 200), NEVER)).map(said)).toEqual(expected(good(0, 200), {}));
  });

  it('rejects what is under way when it is closed, without waiting for a thread that hangs', async () => {
    const hanging = pool.run([input('hang.dita'), ...good(0, 300)], NEVER);
    const rejected = expect(hanging).rejects.toThrow('closed');
    await pool.close();
    await rejected;
  });

  it('rejects what comes after it was closed', async () => {
    await pool.close();
    await expect(pool.run(good(0, 3), NEVER)).rejects.toThrow('closed');
  });

  it('rejects when no thread can be started, instead of trying for ever', async () => {
    const broken = new WorkerPool({ limits: DEFAULT_EXTRACTION_LIMITS, renditions: false, threads: 2, workerFile: pathToFileURL('/no/such/worker.mjs') });
    try {
      await expect(broken.run(good(0, 3), NEVER)).rejects.toThrow('No worker thread can be started');
    } finally {
      await broken.close();
    }
  });
});
