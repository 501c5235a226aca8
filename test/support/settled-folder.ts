import type { AssetFacts, Reference, ReferenceStatus } from '../../src/contracts/asset.js';
import { chooseGuidTarget, guidStem, type LookedUpReference, mustBeLookedUp, OUTSIDE_MARK, type ReferenceTarget, settleReference } from '../../src/contracts/reference-rules.js';

export interface ExtractedFile {
  /** Absolute repository path. */
  path: string;
  facts: AssetFacts;
  refs: Reference[];
}

/** Settles references and key definitions of files against each other: what the reference phase does, in memory. */
export function settleFolder<F extends ExtractedFile>(files: ReadonlyMap<string, F>): Map<string, F> {
  const settlement = new Settlement(files);
  return new Map(
    [...files].map(([path, file]) => {
      const keys = file.facts.keys.map((key) => (key.target === null ? key : settlement.settle({ kind: 'keydef', ...key })));
      return [path, { ...file, facts: { ...file.facts, keys }, refs: file.refs.map((ref) => settlement.settle(ref)) }];
    }),
  );
}

class Settlement {
  private readonly targets: Map<string, ReferenceTarget>;
  private readonly byStem = new Map<string, string[]>();

  constructor(files: ReadonlyMap<string, ExtractedFile>) {
    this.targets = new Map([...files].map(([path, { facts }]) => [path, { path, ...facts }]));
    for (const path of files.keys()) {
      const stem = guidStem(path);
      if (stem !== null) this.byStem.set(stem, [...(this.byStem.get(stem) ?? []), path]);
    }
  }

  settle<R extends LookedUpReference & { status: ReferenceStatus | null }>(ref: R): R {
    if (!mustBeLookedUp(ref) || ref.target === null) return ref;
    const target = this.find(ref.target);
    const written = ref.target.startsWith(OUTSIDE_MARK) ? null : ref.target;
    return { ...ref, target: target?.path ?? written, status: ref.status ?? settleReference(ref, target) };
  }

  private find(path: string): ReferenceTarget | null {
    const known = this.targets.get(path);
    if (known) return known;
    const stem = guidStem(path);
    const chosen = stem === null ? null : chooseGuidTarget(path, this.byStem.get(stem) ?? []);
    return chosen === null ? null : (this.targets.get(chosen) ?? null);
  }
}
