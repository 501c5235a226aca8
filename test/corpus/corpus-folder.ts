import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AssetFacts, Reference, ReferenceStatus } from '../../src/contracts/asset.js';
import { DEFAULT_EXTRACTION_LIMITS } from '../../src/contracts/pipeline.js';
import { chooseGuidTarget, guidStem, type LookedUpReference, OUTSIDE_MARK, type ReferenceTarget, settleReference } from '../../src/contracts/reference-rules.js';
import { extractAsset } from '../../src/modules/pipeline/extract-asset.js';

/** Where a corpus is mounted while it is compared. */
export const MOUNT = '/content/dam';

export interface CorpusFile {
  /** Absolute repository path. */
  path: string;
  sha256: string;
  sizeBytes: number;
  facts: AssetFacts;
  /** Settled against the whole corpus. */
  refs: Reference[];
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
  const settlement = new Settlement(files);
  for (const file of files.values()) {
    file.refs = file.refs.map((ref) => settlement.settle(ref));
    file.facts = { ...file.facts, keys: file.facts.keys.map((key) => (key.target === null ? key : settlement.settle({ kind: 'keydef', ...key }))) };
  }
  return files;
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

/** What the reference phase does in the database, in memory. */
class Settlement {
  private readonly targets: Map<string, ReferenceTarget>;
  private readonly byStem = new Map<string, string[]>();

  constructor(files: ReadonlyMap<string, CorpusFile>) {
    this.targets = new Map([...files].map(([path, { facts }]) => [path, { path, ...facts }]));
    for (const path of files.keys()) {
      const stem = guidStem(path);
      if (stem !== null) this.byStem.set(stem, [...(this.byStem.get(stem) ?? []), path]);
    }
  }

  settle<R extends LookedUpReference & { status: ReferenceStatus | null }>(ref: R): R {
    if (ref.status !== null || ref.target === null) return ref;
    const target = this.find(ref.target);
    const written = ref.target.startsWith(OUTSIDE_MARK) ? null : ref.target;
    return { ...ref, target: target?.path ?? written, status: settleReference(ref, target) };
  }

  private find(path: string): ReferenceTarget | null {
    const known = this.targets.get(path);
    if (known) return known;
    const stem = guidStem(path);
    const chosen = stem === null ? null : chooseGuidTarget(path, this.byStem.get(stem) ?? []);
    return chosen === null ? null : (this.targets.get(chosen) ?? null);
  }
}
