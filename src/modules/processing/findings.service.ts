import type { AssetRecordStore, ReferenceGraph, StoredReference } from '../../contracts/asset-records.js';
import type { AssetRepository } from '../../contracts/asset-repository.js';
import { InvalidRequestError } from '../../contracts/errors.js';
import type { FindingsApi, KeyLookup, ReferenceDirection, ReferencePage } from '../../contracts/findings-api.js';
import { subtreeRanges } from '../../contracts/key-range.js';
import type { KeySpaceReport } from '../../contracts/key-space.js';
import { normalizePath } from '../../contracts/repository-path.js';
import type { KeySpaceService } from './key-space.service.js';
import { brokenCursor, incomingCursor, outgoingCursor, readBrokenCursor, readIncomingCursor, readOutgoingCursor } from './reference-cursor.js';
import type { ReportService } from './report.service.js';

/** What processing found out, as HTTP and hosts ask for it. */
export class FindingsService implements FindingsApi {
  constructor(
    private readonly repository: AssetRepository,
    private readonly records: AssetRecordStore,
    private readonly graph: ReferenceGraph,
    private readonly reports: ReportService,
    private readonly keys: KeySpaceService,
  ) {}

  async *report(path: string): AsyncGenerator<object> {
    yield* this.reports.report(await this.existing(path));
  }

  async *keySpaces(path: string): AsyncGenerator<KeySpaceReport> {
    yield* this.keys.reports(await this.existing(path));
  }

  async *findKey(path: string, key: string): AsyncGenerator<KeyLookup> {
    yield* this.keys.find(await this.existing(path), key);
  }

  async references(path: string, direction: ReferenceDirection, after: string | null, limit: number): Promise<ReferencePage> {
    const normalized = normalizePath(path);
    return direction === 'outgoing' ? this.outgoing(normalized, after, limit) : this.incoming(normalized, after, limit);
  }

  async brokenLinks(path: string, after: string | null, limit: number): Promise<ReferencePage> {
    const found: StoredReference[] = [];
    const cursor = after === null ? null : readBrokenCursor(after);
    for (const range of subtreeRanges(await this.existing(path))) {
      if (found.length <= limit) found.push(...(await this.graph.broken(range, cursor, limit + 1 - found.length)));
    }
    return this.page(found, limit, brokenCursor, () => null);
  }

  private async outgoing(path: string, after: string | null, limit: number): Promise<ReferencePage> {
    const first = after === null ? 0 : readOutgoingCursor(after);
    const record = (await this.records.find([await this.existing(path)])).get(path);
    if (!record) return { references: [], next: null };
    const refs = (await this.graph.outgoing([record.id])).get(record.id) ?? [];
    const page = refs.slice(first, first + limit + 1);
    const found = page.map((ref, i) => ({ ...ref, sourcePath: path, sourceId: record.id, ordinal: first + i }));
    return this.page(found, limit, outgoingCursor, ({ target }) => target);
  }

  /** Of a path where nothing is, too: who refers to what is missing is a good question. */
  private async incoming(path: string, after: string | null, limit: number): Promise<ReferencePage> {
    const found = await this.graph.incoming(path, after === null ? null : readIncomingCursor(after), limit + 1);
    return this.page(found, limit, incomingCursor, ({ sourcePath }) => sourcePath);
  }

  /** @param found one more than the page holds, where there is more. */
  private async page(
    found: readonly StoredReference[],
    limit: number,
    cursorOf: (last: StoredReference) => string,
    otherEnd: (ref: StoredReference) => string | null,
  ): Promise<ReferencePage> {
    const shown = found.slice(0, limit);
    const ends = new Set(shown.map(otherEnd).filter((path) => path !== null));
    const titles = new Map([...(await this.records.find([...ends]))].map(([path, { facts }]) => [path, facts.title]));
    const last = shown.at(-1);
    return {
      references: shown.map((ref) => ({ ...ref, title: titles.get(otherEnd(ref) ?? '') ?? null })),
      next: found.length > limit && last ? cursorOf(last) : null,
    };
  }

  private async existing(path: string): Promise<string> {
    const normalized = normalizePath(path);
    if ((await this.repository.kindOf(normalized)) === null) throw new InvalidRequestError(`The path ${normalized} does not exist.`);
    return normalized;
  }
}
