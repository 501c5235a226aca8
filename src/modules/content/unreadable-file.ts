import { SourceReadError } from './content-source.js';

/** What a failed look at a file means, in words. */
export function unreadable(error: unknown): SourceReadError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return new SourceReadError(REASONS[code] ?? `cannot be read${code === '' ? '' : ` (${code})`}`, { cause: error });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'is not there, or vanished while it was read',
  ENOTDIR: 'is not there, or vanished while it was read',
  EACCES: 'cannot be read: permission denied',
  EPERM: 'cannot be read: permission denied',
  ENAMETOOLONG: 'lies too deep: its path is longer than the file system allows',
  ELOOP: 'became a symbolic link while it was read',
  EISDIR: 'became a folder while it was read',
};
