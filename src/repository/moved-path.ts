import { InvalidPathError, InvalidRequestError } from '../contracts/errors.js';
import { subtreeRanges } from '../contracts/key-range.js';
import { MAX_PATH_BYTES } from '../contracts/repository-path.js';
import type { Tx } from '../contracts/unit-of-work.js';
import { keyRangeSql } from './key-range-sql.js';
import type { Dialect } from './unit-of-work/dialect.js';

/** A piece of SQL with its parameters. */
export interface SqlPart {
  sql: string;
  parameters: unknown[];
}

/** Condition for `root` and all below it, by the index on `column`. */
export function subtreeSql(column: string, root: string): SqlPart {
  const ranges = subtreeRanges(root).map((range) => keyRangeSql(column, range, null));
  return { sql: `(${ranges.map(({ where }) => `(${where})`).join(' OR ')})`, parameters: ranges.flatMap(({ parameters }) => parameters) };
}

/** The path in `column`, which is `from` or lies below it, with `to` in the place of `from`. */
export function movedPathSql(dialect: Dialect, column: string, from: string, to: string): SqlPart {
  // SQLite counts the characters of its texts, a server the bytes of VARBINARY.
  return dialect.isSqlite
    ? { sql: `? || SUBSTR(${column}, LENGTH(?) + 1)`, parameters: [to, from] }
    : { sql: `CONCAT(?, SUBSTRING(${column}, ?))`, parameters: [to, Buffer.byteLength(from) + 1] };
}

/** Gives all rows at and below `from` their new path; returns how many there are. */
export async function movePaths(tx: Tx, dialect: Dialect, table: string, from: string, to: string): Promise<number> {
  const moved = movedPathSql(dialect, 'path', from, to);
  const whole = subtreeSql('path', from);
  return tx.execute(`UPDATE ${table} SET path = ${moved.sql} WHERE ${whole.sql}`, [...moved.parameters, ...whole.parameters]);
}

/** @throws InvalidPathError when a path at or below `from` would become too long below `to`. */
export async function refuseLongPaths(tx: Tx, table: string, from: string, to: string): Promise<void> {
  const { sql, parameters } = subtreeSql('path', from);
  const [row] = await tx.query<{ longest: number | string | null }>(`SELECT MAX(OCTET_LENGTH(path)) AS longest FROM ${table} WHERE ${sql}`, parameters);
  const longest = Number(row?.longest ?? 0) - Buffer.byteLength(from) + Buffer.byteLength(to);
  if (longest > MAX_PATH_BYTES) throw new InvalidPathError(to, `would make paths of ${longest} bytes of UTF-8; they must not be longer than ${MAX_PATH_BYTES}`);
}

export function nothingAt(path: string): InvalidRequestError {
  return new InvalidRequestError(`There is no asset or folder at ${path}.`);
}

export function existsAlready(path: string): InvalidRequestError {
  return new InvalidRequestError(`${path} exists already.`);
}
