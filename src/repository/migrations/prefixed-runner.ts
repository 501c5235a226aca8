import { type QueryRunner, Table, TableIndex } from 'typeorm';
import type { TableNames } from '../unit-of-work/table-names.js';

/** A query runner for migrations, which name tables and indexes without their prefix. */
export function prefixedRunner(runner: QueryRunner, names: TableNames): QueryRunner {
  const named = (argument: unknown): unknown => {
    if (typeof argument === 'string') return names.in(argument);
    if (argument instanceof Table) return renamedTable(argument, names);
    return argument instanceof TableIndex ? renamedIndex(argument, names) : argument;
  };
  return new Proxy(runner, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? (...args: unknown[]): unknown => Reflect.apply(value, target, args.map(named)) : value;
    },
  });
}

function renamedTable(table: Table, names: TableNames): Table {
  table.name = names.in(table.name);
  for (const index of table.indices) renamedIndex(index, names);
  return table;
}

function renamedIndex(index: TableIndex, names: TableNames): TableIndex {
  if (index.name !== undefined) index.name = names.in(index.name);
  return index;
}
