import type { FileType, Reference, ReferenceStatus } from './asset.js';
import { comparePaths } from './key-range.js';
import { fileExtension, fileName } from './repository-path.js';

/** What a fragment is checked against (extraction.md, "Fragments"). */
export interface ReferenceTarget {
  path: string;
  fileType: FileType;
  wellFormed: boolean | null;
  rootId: string | null;
  topicIds: readonly string[];
  elementIds: readonly string[];
}

/** The part of a reference that decides its status. */
export interface LookedUpReference {
  kind: string;
  format: string | null;
  scope: string | null;
  target: string | null;
  fragment: string | null;
}

/**
 * Begins the target of a reference that leads outside the root but names a `GUID-…` file, which the repository may
 * know elsewhere (extraction.md, section 8.9). No asset has such a path, because paths have no `..` segments.
 */
export const OUTSIDE_MARK = '/../';

/** Kinds of DITA references whose fragment names a topic or an element. */
const KINDS_WITH_ANCHORS = new Set([
  'ditavalref',
  'anchorref',
  'reltable',
  'mapref',
  'keydef',
  'topicref',
  'xref',
  'link',
  'data',
  'metadata',
  'lq',
  'other',
  'navref',
  'conref',
  'conrefend',
]);

const FORMATS_WITH_ANCHORS = new Set([null, 'dita', 'ditamap']);

/**
 * Status of a reference that only the repository can tell, given its target or null when there is none (section 8, rules 10 and 12).
 * @param containingTopic as of `checkFragment`.
 */
export function settleReference(reference: LookedUpReference, target: ReferenceTarget | null, containingTopic: string | null = null): ReferenceStatus {
  if (target === null) {
    if (reference.scope === 'peer') return 'peer';
    return reference.target?.startsWith(OUTSIDE_MARK) ? 'outside-root' : 'missing-file';
  }
  const status = checkFragment(reference, target, containingTopic);
  return status === 'missing-fragment' && reference.scope === 'peer' ? 'peer' : status;
}

/**
 * Checks a fragment (extraction.md, "Fragments").
 * @param containingTopic id of the topic that holds the reference when the target is the referencing file itself, else
 * null: only there do `.` and `./E` mean something.
 */
export function checkFragment(reference: LookedUpReference, target: ReferenceTarget, containingTopic: string | null): ReferenceStatus {
  const { fragment } = reference;
  if (fragment === null) return 'ok';
  const isDita = (target.fileType === 'DITATOPIC' || target.fileType === 'DITAMAP') && target.wellFormed === true;
  if (!isDita || !KINDS_WITH_ANCHORS.has(reference.kind) || !FORMATS_WITH_ANCHORS.has(reference.format)) return 'unverified-fragment';
  return hasAnchor(fragment, target, containingTopic) ? 'ok' : 'missing-fragment';
}

function hasAnchor(fragment: string, target: ReferenceTarget, containingTopic: string | null): boolean {
  const slash = fragment.indexOf('/');
  const first = slash < 0 ? fragment : fragment.slice(0, slash);
  const element = slash < 0 ? null : fragment.slice(slash + 1);
  if (target.fileType === 'DITAMAP') {
    return element === null ? target.elementIds.includes(first) : first === target.rootId && target.elementIds.includes(element);
  }
  const topic = first === '.' ? containingTopic : first;
  if (topic === null || !target.topicIds.includes(topic)) return false;
  return element === null || target.elementIds.includes(`${topic}/${element}`);
}

/** File name without extension when it begins with `GUID-`, else null (section 8.9). */
export function guidStem(path: string): string | null {
  const name = fileName(path);
  if (!name.startsWith('GUID-')) return null;
  const extension = fileExtension(path);
  return extension === '' ? name : name.slice(0, -extension.length - 1);
}

/** Statuses that stay whatever stands at the target, which a GUID name may lead elsewhere all the same (section 8: rule 9 comes before rule 11). */
export const TARGET_ONLY_STATUSES: readonly (ReferenceStatus | null)[] = ['copy-to', 'keyed'];

/** Only the repository can tell the status of the reference, or where its GUID name leads. */
export function mustBeLookedUp({ status, target }: Pick<Reference, 'status' | 'target'>): boolean {
  return status === null || (TARGET_ONLY_STATUSES.includes(status) && target !== null && guidStem(target) !== null);
}

/** Among assets of the same stem: the same extension first, then the smallest path. Null when there is none. */
export function chooseGuidTarget(written: string, candidates: readonly string[]): string | null {
  const extension = fileExtension(written);
  const sameExtension = candidates.filter((path) => fileExtension(path) === extension);
  const choices = sameExtension.length > 0 ? sameExtension : candidates;
  return choices.reduce<string | null>((best, path) => (best === null || comparePaths(path, best) < 0 ? path : best), null);
}
