import fc from 'fast-check';
import type { AssetFailure, LogLine } from '../../src/contracts/job.js';
import { DATABASES } from '../support/databases.js';
import { JobFixture, outcomeOf } from '../support/job-fixture.js';

/** The log as it must read: control characters and line separators escaped, nothing else touched. */
function escaped(text: string): string {
  const isControl = (code: number): boolean => code < 32 || (code > 126 && code < 160) || code === 0x2028 || code === 0x2029;
  const named: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
  return Array.from(text, (c) => (isControl(c.codePointAt(0) ?? 0) ? (named[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`) : c)).join('');
}

const TEXT = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.array(fc.constantFrom('\n', '\r\n', '\t', '\0', '\u001b[31m', '\u007f', '\u0085', '\u2028', '\u2029', '\\', '\\n', "'", '%', '\u{1f600}', 'x'), { maxLength: 8 }).map((parts) => parts.join('')),
);
const LINE: fc.Arbitrary<LogLine> = fc.record({ level: fc.constantFrom('INFO', 'WARN', 'ERROR'), text: TEXT });

describe.each(DATABASES)('the log of a job on %s', (databaseName) => {
  let fixture: JobFixture;

  beforeAll(async () => {
    fixture = await JobFixture.open(databaseName);
  });
  afterAll(() => fixture.close());

  async function streamed(processingId: string): Promise<string> {
    let text = '';
    for await (const part of fixture.store.streamLog(processingId)) text += part;
    return text;
  }

  const withoutTime = (line: string): string => line.slice(line.indexOf(' ') + 1);

  it('reads by pages, from the end and as a stream like one list of lines, whatever stands in them', async () => {
    const page = fc.record({ offset: fc.nat(60), limit: fc.integer({ min: 1, max: 60 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(LINE, { maxLength: 12 }), { maxLength: 6 }), fc.array(page, { minLength: 4, maxLength: 4 }), async (appends, pages) => {
        const { processingId } = await fixture.create();
        for (const lines of appends) await fixture.store.appendLog(processingId, lines);
        const model = appends.flat().map(({ level, text }) => `${level} ${escaped(text)}`);
        const { lines } = await fixture.store.readLog(processingId, { offset: 1, limit: 1000 });
        expect(lines.map(withoutTime)).toEqual(model);
        const all = (await fixture.store.readLog(processingId, { offset: 0, limit: 1000 })).lines;
        for (const { offset, limit } of pages) {
          const expected = { lines: all.slice(offset, offset + limit), offset, hasMore: offset + limit < all.length };
          const read = await fixture.store.readLog(processingId, { offset, limit });
          expect(read).toEqual({ ...expected, hasMore: expected.lines.length === 0 ? read.hasMore : expected.hasMore });
          const tail = Math.min(limit, all.length);
          expect(await fixture.store.readLog(processingId, { tail: limit })).toEqual({ lines: all.slice(-tail), offset: all.length - tail, hasMore: false });
        }
        expect(await streamed(processingId)).toBe(all.map((line) => `${line}\n`).join(''));
        expect(all.every((line) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (INFO|WARN|ERROR) /.test(line))).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  it('answers behind its end with nothing', async () => {
    const { processingId } = await fixture.create();
    expect(await fixture.store.readLog(processingId, { offset: 5, limit: 10 })).toEqual({ lines: [], offset: 5, hasMore: false });
    expect(await fixture.store.readLog('nobody', { offset: 0, limit: 10 })).toEqual({ lines: [], offset: 0, hasMore: false });
    expect(await streamed('nobody')).toBe('');
  });

  it('keeps thousands of lines of one append in order across its chunks', async () => {
    const { processingId } = await fixture.create();
    const lines = Array.from({ length: 3500 }, (_, i): LogLine => ({ level: 'INFO', text: `line ${i}` }));
    await fixture.store.appendLog(processingId, lines.slice(0, 2999));
    await fixture.store.appendLog(processingId, lines.slice(2999));
    const expected = lines.map(({ text }) => `INFO ${text}`);
    for (const [offset, limit] of [[1, 3500], [1000, 2], [1001, 1500], [2999, 3], [3500, 1]] as const) {
      const page = await fixture.store.readLog(processingId, { offset, limit });
      expect(page.lines.map(withoutTime)).toEqual(expected.slice(offset - 1, offset - 1 + limit));
    }
    expect((await fixture.store.readLog(processingId, { tail: 2001 })).lines.map(withoutTime)).toEqual(expected.slice(-2001));
    expect((await streamed(processingId)).split('\n')).toHaveLength(3502);
    expect(await fixture.rowsOf('guides_job_log', processingId)).toBeLessThan(8);
  });

  it('keeps every line once, and those of one append together, when two instances write at the same moment', async () => {
    const { processingId } = await fixture.create();
    const linesOf = (i: number): LogLine[] => Array.from({ length: 5 }, (_, k) => ({ level: 'INFO', text: `${i}.${k}` }));
    await Promise.all(Array.from({ length: 40 }, (_, i) => fixture.storeOf(i).appendLog(processingId, linesOf(i))));
    const log = (await fixture.log(processingId)).slice(1).map((line) => line.slice('INFO '.length));
    expect(log).toHaveLength(200);
    const groups = Array.from({ length: 40 }, (_, g) => log.slice(g * 5, g * 5 + 5));
    const inOrder = groups.map(([first]) => Number(first?.split('.')[0]));
    expect([...inOrder].sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i));
    expect(groups).toEqual(inOrder.map((i) => linesOf(i).map(({ text }) => text)));
  });

  it('shows nothing of a transaction that is rolled back, and leaves no gap', async () => {
    const { job, ids } = await fixture.planned(1);
    const claims = await Promise.all(ids.map((id) => fixture.claim(id)));
    const before = await fixture.log(job.processingId);
    const undone = fixture.database.run(async (tx) => {
      for (const claim of claims) await fixture.store.commitBatch(claim, outcomeOf({ lines: [{ level: 'INFO', text: 'undone' }] }), tx);
      throw new Error('no');
    });
    await expect(undone).rejects.toThrow('no');
    await fixture.store.appendLog(job.processingId, [{ level: 'INFO', text: 'kept' }]);
    expect(await fixture.log(job.processingId)).toEqual([...before, 'INFO kept']);
  });

  it('streams thousands of failures in the order of their batches', async () => {
    const { job, ids } = await fixture.planned(2);
    const failuresOf = (batch: number): AssetFailure[] =>
      Array.from({ length: 1100 }, (_, i) => ({ path: `/b${batch}/${1100 - i}`, fileType: 'OTHERS', step: 's', error: `\u{1f600} ${i}`, line: i, column: i % 2 === 0 ? null : i }));
    for (const id of [...ids].reverse()) await fixture.commit(await fixture.claim(id), { failures: failuresOf(id.number) });
    const streamedFailures: AssetFailure[] = [];
    for await (const some of fixture.store.streamFailures(job.processingId)) streamedFailures.push(...some);
    expect(streamedFailures).toEqual([...failuresOf(0), ...failuresOf(1)]);
  });
});
