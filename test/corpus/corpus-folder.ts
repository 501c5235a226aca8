import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_EXTRACTION_LIMITS } from '../../src/contracts/pipeline.js';
import type { KeySpaceReport } from '../../src/contracts/key-space.js';
import { extractAsset } from '../../src/modules/pipeline/extract-asset.js';
import { loadKeySpace } from '../../src/modules/pipeline/dita/key-space.js';
import { reportKeySpace } from '../../src/modules/pipeline/dita/key-space-references.js';
import { MemoryKeySpaceFiles } from '../support/memory-key-space-files.js';
import { type ExtractedFile, settleFolder } from '../support/settled-folder.js';

/** Where a corpus is mounted while it is compared. */
export const MOUNT = '/content/dam';

export interface CorpusFile extends ExtractedFile {
  sha256: string;
  sizeBytes: number;
}

/** Extracts a whole folder in memory and settles its references and key definitions against each other. */
export async function extractFolder(folder: string): Promise<Map<string, CorpusFile>> {
  const files = new Map<string, CorpusFile>();
  for (const relative of filesBelow(folder, '')) {
    const bytes = readFileSync(join(folder, relative));
    const path = `${MOUNT}/${relative}`;
    const source = { path, damRoot: MOUNT, sizeBytes: bytes.length, bytes };
    const { facts, refs } = await extractAsset(source, { limits: DEFAULT_EXTRACTION_LIMITS, renditions: false });
    files.set(path, { path, sha256: createHash('sha256').update(bytes).digest('hex'), sizeBytes: bytes.length, facts, refs });
  }
  return settleFolder(files);
}

/** The key space of a root map, given by its relative path, with relative paths. */
export async function keySpaceOf(files: ReadonlyMap<string, CorpusFile>, rootMap: string): Promise<KeySpaceReport> {
  const source = new MemoryKeySpaceFiles(files);
  const report = await reportKeySpace(await loadKeySpace(source, `${MOUNT}/${rootMap}`), source);
  return JSON.parse(JSON.stringify(report).replaceAll(`"${MOUNT}/`, '"')) as KeySpaceReport;
}

/** Path relative to the mount, as goldens have it. */
export function relativePath(path: string): string {
  return path.startsWith(`${MOUNT}/`) ? path.slice(MOUNT.length + 1) : path;
}

function filesBelow(folder: string, prefix: string): string[] {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((entry) => {
    const relative = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === '.git' ? [] : filesBelow(folder, relative);
    return entry.isFile() ? [relative] : [];
  });
}
