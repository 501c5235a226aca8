import { createHash } from 'node:crypto';
import type { SqlExecutor } from '../../src/contracts/unit-of-work.js';

/** Whatever refers to bytes by their hash. */
const REFERRED = `SELECT sha256 FROM jcr_asset UNION SELECT sha256 FROM guides_asset UNION SELECT value FROM jcr_property WHERE name = 'jcr:data'`;

/** `[what, FROM … of the rows that must not be there]` */
const FAULTS: readonly [string, string][] = [
  ['assets of the node tree have no content', 'jcr_asset a WHERE NOT EXISTS (SELECT 1 FROM guides_blob b WHERE b.sha256 = a.sha256)'],
  ['assets of the database provider have no content', 'guides_asset a WHERE NOT EXISTS (SELECT 1 FROM guides_blob b WHERE b.sha256 = a.sha256)'],
  ['files of the node tree have no content', "jcr_property p WHERE p.name = 'jcr:data' AND NOT EXISTS (SELECT 1 FROM guides_blob b WHERE b.sha256 = p.value)"],
  ['nodes have no parent', 'jcr_node n WHERE n.parent_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM jcr_node p WHERE p.id = n.parent_id)'],
  ['properties have no node', 'jcr_property p WHERE NOT EXISTS (SELECT 1 FROM jcr_node n WHERE n.id = p.node_id)'],
  ['assets have no node of their path', 'jcr_asset a WHERE NOT EXISTS (SELECT 1 FROM jcr_node n WHERE n.id = a.node_id AND n.path = a.path)'],
  ['asset nodes have no asset', "jcr_node n WHERE n.primary_type = 'dam:Asset' AND NOT EXISTS (SELECT 1 FROM jcr_asset a WHERE a.path = n.path)"],
  [
    'nodes have another GUID than their record',
    "jcr_asset a JOIN jcr_property p ON p.node_id = a.content_id AND p.name = 'fmUuid' JOIN guides_asset_record r ON r.path = a.path WHERE p.value <> r.uuid",
  ],
];

export async function contentViolations(reader: SqlExecutor): Promise<string[]> {
  return countedFaults(reader, FAULTS);
}

/**
 * Bytes in the table that nothing refers to. Nothing removes those of content that was replaced or removed, so they are told by
 * `replaced`; any other would be what a batch that never committed has left behind.
 */
export async function orphanedBlobs(reader: SqlExecutor, replaced: readonly string[]): Promise<string[]> {
  const known = new Set(replaced.map((text) => createHash('sha256').update(text).digest('hex')));
  const rows = await reader.query<{ sha256: string }>(`SELECT sha256 FROM guides_blob WHERE sha256 NOT IN (${REFERRED})`);
  return rows.filter(({ sha256 }) => !known.has(sha256)).map(({ sha256 }) => `Nothing refers to the content ${sha256}, and nothing ever did.`);
}

/** A sentence for each kind of rows that must not be there and are. */
export async function countedFaults(reader: SqlExecutor, faults: readonly [string, string][]): Promise<string[]> {
  const found: string[] = [];
  for (const [what, from] of faults) {
    const [row] = await reader.query<{ n: number | string }>(`SELECT COUNT(*) AS n FROM ${from}`);
    if (Number(row?.n) > 0) found.push(`${row?.n} ${what}.`);
  }
  return found;
}
