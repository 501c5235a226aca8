import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** Regular files below a folder, relative, without `.git`. */
export function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => !path.split('/').includes('.git'))
    .sort();
}

/** Copies `source` as often as it takes to have exactly `count` files below `target`, each copy in a folder of its own. */
export function copyTo(source, target, count) {
  const files = filesBelow(source);
  for (let i = 0; i < count; i++) {
    const copy = String(Math.floor(i / files.length)).padStart(5, '0');
    const to = join(target, `copy-${copy}`, files[i % files.length]);
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(join(source, files[i % files.length]), to);
  }
}
