import type { Tx } from '../../contracts/unit-of-work.js';
import { bulkInsert } from '../unit-of-work/bulk.js';
import type { Dialect } from '../unit-of-work/dialect.js';

/** Rows of one root map in one table, as they shall be. */
export interface WantedRows {
  table: string;
  rootId: number;
  /** Columns that, with `root_id`, are the primary key. */
  keys: readonly string[];
  /** The column beside them. */
  value: string;
  rows: Iterable<[keys: readonly string[], value: string]>;
}

type StoredRow = Record<string, string>;

/** In no key: names of keys hold no control characters, hashes neither. */
const SEPARATOR = '\u0000';

/** Writes the rows that are new or different, removes those that are gone, and leaves the others alone. */
export async function writeDifference(tx: Tx, dialect: Dialect, wanted: WantedRows): Promise<{ written: number; removed: number }> {
  const { table, rootId, keys, value } = wanted;
  const stored = new Map<string, string>();
  for (const row of await tx.query<StoredRow>(`SELECT ${[...keys, value].join(', ')} FROM ${table} WHERE root_id = ?`, [rootId])) {
    stored.set(keys.map((key) => row[key] ?? '').join(SEPARATOR), row[value] ?? '');
  }
  const changed: (string | number)[][] = [];
  for (const [key, text] of wanted.rows) {
    const name = key.join(SEPARATOR);
    if (stored.get(name) !== text) changed.push([rootId, ...key, text]);
    stored.delete(name);
  }
  await bulkInsert(tx, dialect, {
    table,
    columns: ['root_id', ...keys, value],
    rows: changed,
    conflict: { keys: ['root_id', ...keys], updated: [value] },
  });
  const condition = keys.map((key) => `${key} = ?`).join(' AND ');
  await tx.executeEach(
    `DELETE FROM ${table} WHERE root_id = ? AND ${condition}`,
    [...stored.keys()].map((name) => [rootId, ...name.split(SEPARATOR)]),
  );
  return { written: changed.length, removed: stored.size };
}
