import type { QueryRunner, TableColumnOptions } from 'typeorm';

/**
 * Column types that mean the same on every database. On SQLite text compares by bytes and integers have 64 bits; on
 * MariaDB and MySQL paths are VARBINARY, because no collation compares by bytes without padding and fits an index.
 */
export function columnTypes(runner: QueryRunner) {
  const sqlite = runner.dataSource.options.type === 'better-sqlite3';
  const column = (name: string, type: Partial<TableColumnOptions> & { type: string }, options: Partial<TableColumnOptions> = {}): TableColumnOptions => ({
    name,
    isNullable: false,
    ...type,
    ...options,
  });
  return {
    sqlite,
    /** A repository path, or a value compared like one. */
    path: (name: string, options?: Partial<TableColumnOptions>) =>
      column(name, sqlite ? { type: 'text' } : { type: 'varbinary', length: '2048' }, options),
    /** Short text compared by its bytes. */
    code: (name: string, length: number, options?: Partial<TableColumnOptions>) =>
      column(name, sqlite ? { type: 'text' } : { type: 'varbinary', length: String(length) }, options),
    /** Text of any length, never compared. */
    text: (name: string, options?: Partial<TableColumnOptions>) =>
      column(name, sqlite ? { type: 'text' } : { type: 'longtext', charset: 'utf8mb4', collation: 'utf8mb4_bin' }, options),
    bytes: (name: string, options?: Partial<TableColumnOptions>) =>
      column(name, sqlite ? { type: 'blob' } : { type: 'longblob' }, options),
    /** 64-bit integer: ids given out by the application, epoch milliseconds, sizes in bytes. */
    integer: (name: string, options?: Partial<TableColumnOptions>) =>
      column(name, sqlite ? { type: 'integer' } : { type: 'bigint' }, options),
    small: (name: string, options?: Partial<TableColumnOptions>) =>
      column(name, sqlite ? { type: 'integer' } : { type: 'int' }, options),
  };
}
