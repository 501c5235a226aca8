import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Article } from './articles/article.entity.js';
import { Medium } from './media/medium.entity.js';

/** The TypeORM data source of the CMS; the folder of its data is where the module keeps its own too. */
@Injectable()
export class CmsDatabase implements OnModuleDestroy {
  private constructor(
    readonly source: DataSource,
    readonly folder: string,
  ) {}

  static async open(folder = process.env.CMS_DATA_DIR ?? './cms-data'): Promise<CmsDatabase> {
    mkdirSync(folder, { recursive: true });
    const source = new DataSource({ type: 'better-sqlite3', database: join(folder, 'cms.sqlite'), enableWAL: true, entities: [Article, Medium] });
    await source.initialize();
    await createTables(source);
    return new CmsDatabase(source, folder);
  }

  async onModuleDestroy(): Promise<void> {
    await this.source.destroy();
  }
}

async function createTables(source: DataSource): Promise<void> {
  await source.query('CREATE TABLE IF NOT EXISTS cms_article (slug TEXT PRIMARY KEY, title TEXT NOT NULL, body TEXT NOT NULL)');
  await source.query(
    `CREATE TABLE IF NOT EXISTS cms_medium (path TEXT PRIMARY KEY, bytes BLOB NOT NULL, sha256 TEXT NOT NULL, version INTEGER NOT NULL, created_at INTEGER NOT NULL,
       title TEXT, keywords TEXT, width INTEGER, height INTEGER, state TEXT NOT NULL DEFAULT 'new', guid TEXT)`,
  );
}
