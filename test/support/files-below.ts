import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Paths of all files below a folder, the folder's own in front; no `.git`. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === '.git' ? [] : filesBelow(path);
    return entry.isFile() ? [path] : [];
  });
}
