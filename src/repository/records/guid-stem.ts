import { fileName } from '../../contracts/repository-path.js';

/** File name without extension when it begins with `GUID-`, else null (extraction.md, section 8.9). */
export function guidStem(path: string): string | null {
  const name = fileName(path);
  if (!name.startsWith('GUID-')) return null;
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? name : name.slice(0, dot);
}
