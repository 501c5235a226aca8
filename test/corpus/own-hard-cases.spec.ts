import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findingsOf } from '../support/findings-of.js';
import { RunningService } from '../support/running-service.js';
import { ServiceData } from '../support/service-data.js';

/** Odd and hostile files with what extraction.md says of them; each case names the section it rests on. */
const FOLDER = join(__dirname, 'hard-cases');
const MOUNT = '/content/dam';

type Row = Record<string, unknown>;
interface HardCase {
  id: string;
  section: string;
  title: string;
  /** Given members must be equal; lists are complete and in order, their objects partial. */
  expect: (Row & { path: string })[];
  keySpaces?: { rootMap: string; maps: string[]; scopes: Row[]; refs: (Row & { path: string; line: number; scopeId: number })[] }[];
}

const { cases } = JSON.parse(readFileSync(join(FOLDER, 'expectations.json'), 'utf8')) as { cases: HardCase[] };

describe('odd and hostile files, through the whole service', () => {
  let data: ServiceData;
  let service: RunningService;
  let log: string;
  const report = new Map<string, Row>();
  const keySpaces = new Map<string, Row & { refs: Row[] }>();

  beforeAll(async () => {
    data = ServiceData.create({ sweepMs: 20, workerThreads: 2 });
    await data.import(join(FOLDER, 'files'), MOUNT);
    service = await RunningService.open(data.settings);
    const processingId = await service.start(MOUNT);
    expect((await service.ended(processingId)).status).toBe('SUCCESS');
    log = (await service.jobs.readLog(processingId, { tail: 10_000 })).lines.join('\n');
    for await (const line of findingsOf(service).report(MOUNT)) {
      const row = relative(line) as Row & { path: string };
      report.set(row.path, row);
    }
    for await (const line of findingsOf(service).keySpaces(MOUNT)) {
      const row = relative(line) as Row & { rootMap: string; refs: Row[] };
      keySpaces.set(row.rootMap, row);
    }
  });
  afterAll(async () => {
    await service.close();
    data.remove();
  });

  it('are told of in the log: broken references, duplicate ids, missing titles and unresolved entities', () => {
    expect(log).toMatch(/ WARN \S*e\/conref\.dita: 4 broken reference\(s\)$/m);
    expect(log).toMatch(/ WARN \d+ broken reference\(s\) in \d+ asset\(s\)$/m);
    expect(log).toMatch(/ WARN \S*d\/ids\.dita: 1 id\(s\) stand more than once: a\/t$/m);
    expect(log).toMatch(/ WARN \S*d\/root-troubleshooting\.xml: 1 topic\(s\) have no title$/m);
    expect(log).toMatch(/ WARN \S*c\/undeclared\.dita: 2 entity reference\(s\) could not be resolved$/m);
  });

  describe.each(cases.map((one) => [`${one.id} ${one.title} (${one.section})`, one] as const))('%s', (_, { expect: expected, keySpaces: spaces = [] }) => {
    it.each(expected.map((one) => [one.path, one] as const))('%s', (path, wanted) => {
      const found = report.get(path);
      expect(found && pick(found, wanted)).toEqual(wanted);
    });

    if (spaces.length > 0) {
      it.each(spaces.map((one) => [one.rootMap, one] as const))('the key space of %s', (rootMap, { maps, scopes, refs }) => {
        const found = keySpaces.get(rootMap);
        expect(found).toMatchObject({ maps, scopes });
        for (const wanted of refs) {
          const same = found?.refs.filter((ref) => ref.path === wanted.path && ref.line === wanted.line && ref.scopeId === wanted.scopeId);
          expect(same).toMatchObject([wanted]);
        }
      });
    }
  });
});

/** With paths below the mount, as the expectations have them; what an author wrote stays. */
function relative(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relative);
  if (!isRow(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, isPath(name) ? shortened(member) : relative(member)]));
}

function isPath(name: string): boolean {
  return ['path', 'target', 'rootMap', 'maps', 'definedIn'].includes(name);
}

function shortened(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shortened);
  return typeof value === 'string' && value.startsWith(`${MOUNT}/`) ? value.slice(MOUNT.length + 1) : value;
}

/** The members that are expected, of objects and of objects in lists; lists keep their length and order. */
function pick(actual: unknown, expected: unknown): unknown {
  if (Array.isArray(actual) && Array.isArray(expected)) return actual.map((item: unknown, i) => (i < expected.length ? pick(item, expected[i]) : item));
  if (!isRow(actual) || !isRow(expected)) return actual;
  return Object.fromEntries(Object.keys(expected).map((key) => [key, pick(actual[key], expected[key])]));
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
