import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from './contracts/errors.js';

/**
 * Makes the folder and proves that it can be written to. By writing: permissions say nothing about a full or
 * read-only file system. @throws ConfigurationError
 */
export function ensureWritable(dataDir: string): void {
  const probe = join(dataDir, `.writable-${randomUUID()}`);
  try {
    mkdirSync(dataDir, { recursive: true });
    writeFileSync(probe, '');
    rmSync(probe);
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? ` (${String(error.code)})` : '';
    throw new ConfigurationError(`DATA_DIR ${dataDir} cannot be written to${code}; make it writable or set another.`, { cause: error });
  }
}
