import type { SqlExecutor, Tx } from '../../contracts/unit-of-work.js';
import { bulkInsert, executeIn, type SqlValue } from '../unit-of-work/bulk.js';
import type { Dialect } from '../unit-of-work/dialect.js';
import { type JcrProperty, PROPERTY_TYPE, type PropertyTypeName } from './property-type.js';

const COLUMNS = ['node_id', 'name', 'type', 'multiple', 'value'] as const;

const TYPE_NAMES = new Map(Object.entries(PROPERTY_TYPE).map(([name, number]) => [number as number, name as PropertyTypeName]));

/** Properties of one node. */
export interface NodeProperties {
  nodeId: number;
  properties: readonly JcrProperty[];
}

/** Adds or overwrites these properties and leaves the nodes' others alone. */
export async function putProperties(nodes: readonly NodeProperties[], tx: Tx, dialect: Dialect): Promise<void> {
  await bulkInsert(tx, dialect, {
    table: 'jcr_property',
    columns: COLUMNS,
    rows: nodes.flatMap(({ nodeId, properties }) => properties.map((property) => toRow(nodeId, property))),
    conflict: { keys: ['node_id', 'name'], updated: ['type', 'multiple', 'value'] },
  });
}

/** Removes properties of these names from the nodes. */
export async function removeProperties(nodes: readonly { nodeId: number; names: readonly string[] }[], tx: Tx, dialect: Dialect): Promise<void> {
  if (dialect.isSqlite) {
    const keys = nodes.flatMap(({ nodeId, names }) => names.map((name) => [nodeId, name]));
    await tx.executeEach('DELETE FROM jcr_property WHERE node_id = ? AND name = ?', keys);
    return;
  }
  // Few names, many nodes: a statement for each name and not for each property saves most of the ways to the server.
  for (const name of new Set(nodes.flatMap(({ names }) => names))) {
    const ids = nodes.filter(({ names }) => names.includes(name)).map(({ nodeId }) => nodeId);
    await executeIn(tx, dialect, 'DELETE FROM jcr_property WHERE name = ? AND $IN', 'node_id', ids, [name]);
  }
}

/** All properties of one node, by name. */
export async function readProperties(nodeId: number, db: SqlExecutor): Promise<Map<string, JcrProperty>> {
  const rows = await db.query<{ name: string; type: number | string; multiple: number | string; value: string }>(
    'SELECT name, type, multiple, value FROM jcr_property WHERE node_id = ? ORDER BY name',
    [nodeId],
  );
  return new Map(
    rows.map((row) => [
      row.name,
      {
        name: row.name,
        type: TYPE_NAMES.get(Number(row.type)) ?? 'STRING',
        value: Number(row.multiple) === 1 ? (JSON.parse(row.value) as string[]) : row.value,
      },
    ]),
  );
}

function toRow(nodeId: number, { name, type, value }: JcrProperty): SqlValue[] {
  const multiple = Array.isArray(value);
  return [nodeId, name, PROPERTY_TYPE[type], multiple ? 1 : 0, multiple ? JSON.stringify(value) : value];
}
