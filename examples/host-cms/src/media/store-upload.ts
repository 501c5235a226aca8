import { createHash } from 'node:crypto';
import type { DataSource } from 'typeorm';

/** Stores a medium, or its new bytes; resolves to its version. */
export async function storeUpload(source: DataSource, path: string, bytes: Buffer): Promise<number> {
  const [row] = await source.query<{ version: number }[]>(
    `INSERT INTO cms_medium (path, bytes, sha256, version, created_at) VALUES (?, ?, ?, 1, ?)
       ON CONFLICT (path) DO UPDATE SET bytes = excluded.bytes, sha256 = excluded.sha256, version = version + 1, state = 'new' RETURNING version`,
    [path, bytes, createHash('sha256').update(bytes).digest('hex'), Date.now()],
  );
  return row?.version ?? 1;
}
