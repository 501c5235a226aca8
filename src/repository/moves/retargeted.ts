import type { ReferenceStatus } from '../../contracts/asset.js';
import type { ReferenceResolver } from '../../contracts/moved-findings.js';
import { TARGET_ONLY_STATUSES } from '../../contracts/reference-rules.js';
import { damRootOf } from '../../contracts/repository-path.js';

/** The part of a stored reference that its source's move can change. */
export interface MovedReference {
  raw: string;
  scope: string | null;
  target: string | null;
  status: ReferenceStatus | null;
}

/**
 * Target and status of a reference whose source was moved; null when both stay as they are. A null status is for the
 * repository to decide. References with a base of their own (`<base href>`, `@codebase`) stay until the source is read again.
 */
export function retargeted(
  reference: MovedReference,
  oldPath: string,
  newPath: string,
  resolve: ReferenceResolver,
): { target: string | null; status: ReferenceStatus | null } | null {
  const { raw, scope } = reference;
  const before = resolve(raw, { sourcePath: oldPath, damRoot: damRootOf(oldPath), scope });
  if (before.target !== reference.target) return null;
  const after = resolve(raw, { sourcePath: newPath, damRoot: damRootOf(newPath), scope });
  // The status of a file's reference to itself was decided where its topics were known.
  const wasToItself = before.target === oldPath;
  const isToItself = wasToItself && after.target === newPath;
  if (wasToItself === isToItself && after.target === before.target && after.status === before.status) return null;
  return { target: after.target, status: isToItself || TARGET_ONLY_STATUSES.includes(reference.status) ? reference.status : after.status };
}
