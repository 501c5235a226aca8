import { InvalidRequestError } from '../../contracts/errors.js';
import { fileName, parentPath } from '../../contracts/repository-path.js';
import type { Tx } from '../../contracts/unit-of-work.js';
import { bulkInsert, selectIn, type SqlValue } from '../unit-of-work/bulk.js';
import type { Dialect } from '../unit-of-work/dialect.js';

/** Node types that hold assets (repository.md). */
export const FOLDER_TYPES: readonly string[] = ['sling:Folder', 'sling:OrderedFolder', 'nt:folder'];

export interface NewNode {
  id: number;
  parentId: number | null;
  path: string;
  primaryType: string;
  /** Place among its siblings. */
  position: number;
}

export async function insertNodes(nodes: readonly NewNode[], tx: Tx, dialect: Dialect): Promise<void> {
  await bulkInsert(tx, dialect, {
    table: 'jcr_node',
    columns: ['id', 'parent_id', 'name', 'path', 'primary_type', 'position'],
    rows: nodes.map((node): SqlValue[] => [node.id, node.parentId, fileName(node.path), node.path, node.primaryType, node.position]),
  });
}

/** Id and type of each of these paths that is a node. @param lock how the rows are held until the transaction ends, if at all. */
export async function findNodes(paths: readonly string[], tx: Tx, dialect: Dialect, lock = ''): Promise<Map<string, { id: number; primaryType: string }>> {
  const rows = await selectIn<{ id: number | string; path: string; primary_type: string }>(
    tx,
    dialect,
    `SELECT id, path, primary_type FROM jcr_node WHERE $IN${lock}`,
    'path',
    paths,
  );
  return new Map(rows.map((row) => [row.path, { id: Number(row.id), primaryType: row.primary_type }]));
}

/** A block of ids, given out one by one. */
export class IdBlock {
  constructor(private next: number) {}

  take(): number {
    return this.next++;
  }
}

/** Every folder above these paths, without `/`, parents first. */
export function ancestorsOf(paths: Iterable<string>): string[] {
  const all = new Set<string>();
  for (const path of paths) {
    for (let folder = parentPath(path); folder !== '/' && !all.has(folder); folder = parentPath(folder)) all.add(folder);
  }
  // A parent is shorter than its children.
  return [...all].sort((a, b) => a.length - b.length);
}

/**
 * Makes sure these folders exist, with all above them. New ones are `sling:Folder`.
 * @param folders with every ancestor, parents first.
 * @returns their node ids by path.
 * @throws InvalidRequestError where an asset stands in the way.
 */
export async function ensureFolders(folders: readonly string[], ids: IdBlock, tx: Tx, dialect: Dialect): Promise<Map<string, number>> {
  // Held, so that none of them is moved away before what comes below it is there.
  const known = await findNodes(folders, tx, dialect, dialect.forShare);
  const result = new Map<string, number>();
  const missing: NewNode[] = [];
  for (const path of folders) {
    const node = known.get(path);
    if (node && !FOLDER_TYPES.includes(node.primaryType)) {
      throw new InvalidRequestError(`${path} is an asset; nothing can be put below it.`);
    }
    const id = node?.id ?? ids.take();
    result.set(path, id);
    if (!node) missing.push({ id, parentId: result.get(parentPath(path)) ?? null, path, primaryType: 'sling:Folder', position: id });
  }
  await insertNodes(missing, tx, dialect);
  return result;
}
