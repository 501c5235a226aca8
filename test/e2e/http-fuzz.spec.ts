import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { FUZZED_ROUTES, type HostileRequest, hostileRequests } from '../support/hostile-requests.js';
import { RawConnection } from '../support/raw-connection.js';
import { writeTree } from '../support/sample-tree.js';
import { ServiceData } from '../support/service-data.js';
import { residentMib } from '../support/process-memory.js';
import { SpawnedService } from '../support/spawned-service.js';

const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 20_000);
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000);
/** Sent at once, each on a connection of its own. */
const AT_ONCE = 20;
/** Of all of them, on a machine with other work to do; the test ends by itself before jest ends it. */
const LIMIT_MS = Math.max(20_000, REQUESTS) * 25;
/** What comes later than this never would. */
const ANSWER_MS = 10_000;
/** Those of the contract; 0 is none, 431 what Node says to headers that are too large. */
const CODES = new Set([0, 200, 400, 401, 403, 413, 429, 431]);
/** Before that, caches fill and code is compiled; fewer requests than that say nothing of memory. */
const WARM_UP = 5_000;
const MAX_GROWTH_MIB = 40;
/** Left alone, V8 lets garbage lie for as long as the machine has room, which is no growth that tells anything. */
const SMALL_HEAP = '--max-old-space-size=128 --max-semi-space-size=8';
const PATH = '/content/dam/fuzz';

/** What a log could be led astray by: as names, and as content that messages quote. */
const HOSTILE_FILES = [
  { path: 'line\u2028separator.dita', content: '<topic id="a"><title>x</title>' },
  { path: 'next\u0085line.dita', content: '<topic id="a"><title>x\u0001</title></topic>' },
  { path: 'bidi\u202e.dita', content: '<topic id="a\u009b31m"><title>&\u0085;</title></topic>' },
  { path: 'escape.md', content: '# \u001b[31m red\u0007\u0000\n[a](b\u001b.md)' },
  { path: 'sound.dita', content: '<topic id="a"><title>Sound</title><body><p><xref href="no\u007fwhere.dita"/></p></body></topic>' },
];

describe('hostile requests on every route', () => {
  const source = mkdtempSync(join(tmpdir(), 'guides-fuzz-'));
  let data: ServiceData;
  let service: SpawnedService;

  beforeAll(async () => {
    writeTree(source, HOSTILE_FILES.map((file) => ({ ...file, succeeds: false })));
    data = ServiceData.create({ workerThreads: 1, sweepMs: 50 }, { failedLogins: { perUser: 1_000_000, perAddress: 1_000_000 } });
    await data.import(source, PATH);
    service = await SpawnedService.start({ ...data.environment, LOG_LEVEL: 'error', NODE_OPTIONS: SMALL_HEAP });
  });
  afterAll(async () => {
    await service.end('SIGKILL');
    data.remove();
    rmSync(source, { recursive: true, force: true });
  });

  it('leave out no route and no parameter that is documented', async () => {
    const { paths } = (await (await service.fetch('/openapi.json')).json()) as { paths: Record<string, Record<string, { parameters?: { name: string; in: string }[] }>> };
    const fuzzed = new Set(FUZZED_ROUTES.flatMap(({ method, path, fields }) => ['', ...fields].map((field) => `${method} ${path} ${field}`)));
    const documented = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, { parameters = [] }]) => {
        const name = `${method.toUpperCase()} ${path.replace('/bin/guides/v1', '').replace('{file}', 'start.js')}`;
        return ['', ...parameters.filter((one) => one.in === 'query').map((one) => one.name)].map((field) => `${name} ${field}`);
      }),
    );
    expect(documented.filter((one) => !fuzzed.has(one))).toEqual([]);
  });

  it(
    `get a clear answer, all ${REQUESTS} of them: no 500, no hang, no crash, no growth of memory`,
    async () => {
      const ids = [await service.startJob(PATH)];
      await service.finished(ids[0] ?? '');
      const codes = new Map<number, number>();
      let sent = 0;
      let warmMib = 0;
      const property = fc.asyncProperty(fc.array(hostileRequests(service.authorization, ids), { minLength: AT_ONCE, maxLength: AT_ONCE }), async (requests) => {
        const answers = await Promise.all(requests.map((request) => answerTo(request, service.port)));
        for (const code of answers) codes.set(code, (codes.get(code) ?? 0) + 1);
        sent += requests.length;
        if (warmMib === 0 && sent >= WARM_UP) warmMib = residentMib(service.pid);
      });
      await fc.assert(property, { numRuns: Math.ceil(REQUESTS / AT_ONCE), seed: SEED, endOnFailure: false, interruptAfterTimeLimit: LIMIT_MS });
      expect((await service.ask('/health/ready')).status).toBe(200);
      const growthMib = residentMib(service.pid) - warmMib;
      process.stderr.write(`fuzz: seed ${SEED}, ${sent} requests, ${growthMib.toFixed(0)} MiB more than after ${WARM_UP}; ${JSON.stringify(Object.fromEntries([...codes].sort(([a], [b]) => a - b)))}\n`);
      expect([...codes.keys()].filter((code) => !CODES.has(code))).toEqual([]);
      expect(sent).toBeGreaterThanOrEqual(REQUESTS);
      if (warmMib > 0) expect(growthMib).toBeLessThan(MAX_GROWTH_MIB);
      expect(service.stderr).not.toContain('errorId');
    },
    LIMIT_MS + 100_000,
  );

  it('leave no raw control character in the log of any job', async () => {
    const history = (await (await service.fetch('/assets/process/history?limit=1000')).json()) as { executionHistory: { processingId: string }[] };
    expect(history.executionHistory.length).toBeGreaterThan(0);
    for (const { processingId } of history.executionHistory) {
      const { lines } = (await (await service.fetch(`/assets/process/logs?processingId=${processingId}&limit=10000`)).json()) as { lines: string[] };
      // C0, DEL, C1, and what ends a line or turns it around elsewhere.
      expect(lines.filter((line) => /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(line))).toEqual([]);
    }
  });
});

/** The status code; 0 where the client went away. @throws when the answer is late, cut off, or tells what it must not. */
async function answerTo(request: HostileRequest, port: number): Promise<number> {
  const connection = await RawConnection.open(port);
  try {
    connection.send(request.head + request.body);
    if (request.isTruncated) return 0;
    await connection.endedWithin(ANSWER_MS);
    const received = connection.received.replace(/^(?:HTTP\/1\.1 1\d\d .*\r\n\r\n)+/, '');
    const code = Number(/^HTTP\/1\.1 (\d{3}) /.exec(received)?.[1] ?? Number.NaN);
    const shown = `${JSON.stringify(request)}\n→ ${JSON.stringify(received.slice(0, 2000))}`;
    if (!(code >= 200 && code < 500)) throw new Error(`No answer, or one that admits a fault: ${shown}`);
    if (/^x-injected/im.test(received)) throw new Error(`A header came through: ${shown}`);
    if (/\bat .*\.[jt]s:\d+|node_modules|SQLITE_|\bSELECT\b.*\bFROM\b/.test(received)) throw new Error(`It tells of its inside: ${shown}`);
    return code;
  } finally {
    connection.close();
  }
}
