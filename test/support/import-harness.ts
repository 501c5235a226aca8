import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GuidesSettings } from '../../src/contracts/settings.js';
import type { ContentSource } from '../../src/modules/content/content-source.js';
import type { ImportProgress, ImportResult } from '../../src/modules/content/import-result.js';
import { openContentSource } from '../../src/modules/content/open-content-source.js';
import { type OpenContentImport, openContentImport } from '../../src/modules/composition/content-import.factory.js';
import { openDatabase } from '../../src/repository/unit-of-work/open-database.js';
import { loadSettings } from '../../src/settings.js';

/** An import on a database of its own, and a look at what it left there. */
export class ImportHarness {
  private constructor(
    readonly folder: string,
    readonly settings: GuidesSettings,
    private readonly opened: OpenContentImport,
  ) {}

  static async open(databaseUrl?: string, change: Partial<GuidesSettings> = {}): Promise<ImportHarness> {
    const folder = mkdtempSync(join(tmpdir(), 'guides-import-'));
    const loaded = loadSettings({ DATA_DIR: join(folder, 'data'), ...(databaseUrl ? { DATABASE_URL: databaseUrl } : {}) });
    const settings = { ...loaded, ...change };
    return new ImportHarness(folder, settings, await openContentImport(settings));
  }

  async import(source: string | ContentSource, targetPath = '/content/dam/t', onProgress?: (progress: ImportProgress) => void): Promise<ImportResult> {
    const content = typeof source === 'string' ? await openContentSource(source) : source;
    try {
      return await this.opened.contentImport.run(content, { targetPath, createdBy: 'tester', onProgress });
    } finally {
      await content.close();
    }
  }

  /** Rows of any table. */
  async rows<R extends object>(sql: string, parameters: readonly unknown[] = []): Promise<R[]> {
    const database = await openDatabase(this.settings.databaseUrl, { migrate: false });
    try {
      return await database.reader.query<R>(sql, parameters);
    } finally {
      await database.close();
    }
  }

  /** Paths of all assets of the node tree, in byte order, with their sizes. */
  async assets(): Promise<Map<string, number>> {
    const rows = await this.rows<{ path: string; size: number | string }>('SELECT path, size FROM jcr_asset ORDER BY path');
    return new Map(rows.map((row) => [row.path, Number(row.size)]));
  }

  async folders(): Promise<string[]> {
    const rows = await this.rows<{ path: string }>("SELECT path FROM jcr_node WHERE primary_type = 'sling:Folder' ORDER BY path");
    return rows.map((row) => row.path);
  }

  async close(): Promise<void> {
    await this.opened.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
