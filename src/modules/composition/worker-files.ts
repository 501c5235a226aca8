import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ConfigurationError } from '../../contracts/errors.js';

/**
 * Compiled entry of a worker thread, by its path below `src`. Threads load plain JavaScript: where this code itself
 * runs from `src` (tests), the build's is taken.
 * @throws ConfigurationError when there is no build.
 */
export function workerFile(path: string): URL {
  const beside = new URL(`../../${path}`, import.meta.url);
  const built = new URL(`../../../dist/${path}`, import.meta.url);
  const file = [beside, built].find((candidate) => existsSync(fileURLToPath(candidate)));
  if (!file) throw new ConfigurationError(`The compiled worker ${path} is missing: run "npm run build" first.`);
  return file;
}
