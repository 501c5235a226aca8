import { openDatabase } from '../../../src/repository/unit-of-work/open-database.js';
import { CONTENT_PROPERTIES, METADATA_PROPERTIES } from '../../../src/repository/jcr/asset-properties.js';
import { graphOf } from '../data-violations.js';

/** A GUID is compared with the record's, and a time is of no interest. */
const OWN = ['fmUuid', 'fmProcessedAt'];
const COMPARED = [...CONTENT_PROPERTIES, ...METADATA_PROPERTIES].filter((name) => !OWN.includes(name));

/** What processing has found out about everything below `root`, in records, references and nodes; `root` is written as `/`. */
export async function storedFindings(databaseUrl: string, root: string): Promise<string[]> {
  const lines = [...(await graphOf(databaseUrl)), ...(await nodeProperties(databaseUrl))];
  return lines.filter((line) => line.startsWith(`["${root}/`)).map((line) => line.replaceAll(`${root}/`, '//'));
}

async function nodeProperties(databaseUrl: string): Promise<string[]> {
  const database = await openDatabase(databaseUrl, { migrate: false });
  try {
    const rows = await database.reader.query<{ path: string; name: string; value: string }>(
      `SELECT a.path, p.name, p.value FROM jcr_asset a JOIN jcr_property p ON p.node_id IN (a.content_id, a.metadata_id)
        WHERE p.name IN (${COMPARED.map((name) => `'${name}'`).join(', ')}) ORDER BY a.path, p.name`,
    );
    return rows.map(({ path, name, value }) => JSON.stringify([path, name, value]));
  } finally {
    await database.close();
  }
}
