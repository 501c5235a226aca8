import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DynamicModule, Global, type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { ASSET_PROCESSING, GuidesProcessingModule, guidesMigrations, PROCESSING_API, type ProcessingApi, readSettings, type SettingsOverrides } from '../../src/index.js';
import { openContentImport } from '../../src/modules/composition/content-import.factory.js';
import { openContentSource } from '../../src/modules/content/open-content-source.js';
import { parseDatabaseUrl } from '../../src/repository/unit-of-work/database-options.js';
import { DATABASES, TestDatabase } from '../support/databases.js';

const PATH = '/content/dam/notes';

describe("the module's tables in a host's database", () => {
  const folder = mkdtempSync(join(tmpdir(), 'guides-host-database-'));
  const opened: { close: () => Promise<void> }[] = [];
  let mariadb: TestDatabase;
  let source: DataSource;

  beforeAll(async () => {
    mariadb = await TestDatabase.create('MariaDB');
    source = await dataSource(mariadb).initialize();
    writeFileSync(join(folder, 'a.md'), '# One');
  });
  afterAll(async () => {
    for (const { close } of opened) await close();
    await source.destroy();
    await mariadb.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A host's own data source, with settings that are none of ours. */
  function dataSource(database: TestDatabase, migrations: DataSource['options']['migrations'] = []): DataSource {
    const url = parseDatabaseUrl(database.url);
    if (url.kind === 'sqlite') return new DataSource({ type: 'better-sqlite3', database: url.file });
    return new DataSource({ type: 'mariadb', username: url.user, database: url.database, socketPath: url.socketPath, bigNumberStrings: true, migrations });
  }

  const settings = (more: SettingsOverrides = {}): SettingsOverrides => ({
    dataDir: join(folder, 'data'),
    schedule: { enabled: false },
    processing: { workerThreads: 1 },
    ...more,
  });

  /** As `@nestjs/typeorm` provides it. */
  function typeOrmModule(token: string | typeof DataSource, value: DataSource): DynamicModule {
    @Global()
    @Module({})
    class TypeOrmModule {}
    return { module: TypeOrmModule, providers: [{ provide: token, useValue: value }], exports: [token] };
  }

  async function host(...imports: DynamicModule[]): Promise<INestApplicationContext> {
    @Module({ imports })
    class HostModule {}
    const app = await NestFactory.createApplicationContext(HostModule, { logger: false, abortOnError: false });
    opened.push({ close: () => app.close() });
    return app;
  }

  async function processed(app: INestApplicationContext): Promise<{ status: string; counts: unknown }> {
    const api = app.get<ProcessingApi>(PROCESSING_API, { strict: false });
    const { processingId } = await api.start({ path: PATH, type: ASSET_PROCESSING }, 'host');
    for (;;) {
      const { job } = await api.snapshot(processingId);
      if (job.status === 'SUCCESS' || job.status === 'FAILED') return job;
    }
  }

  async function importNote(overrides: SettingsOverrides): Promise<void> {
    const { contentImport, close } = await openContentImport(readSettings(overrides));
    const content = await openContentSource(folder);
    await contentImport.run(content, { targetPath: PATH, createdBy: 'tester' });
    await content.close();
    await close();
  }

  async function failure(start: Promise<unknown>): Promise<unknown> {
    return start.then(
      () => null,
      (error: unknown) => error,
    );
  }

  it.each(DATABASES)('all have the prefix that is set, on %s, and a job works with them', async (name) => {
    const database = await TestDatabase.create(name);
    const own = settings({ databaseUrl: database.url, databaseTablePrefix: 'cms_' });
    await importNote(own);
    const app = await host(GuidesProcessingModule.forRoot({ settings: own }));
    expect(await processed(app)).toMatchObject({ status: 'SUCCESS', counts: { failed: 0 } });
    await app.close();
    opened.pop();

    const listed = await dataSource(database).initialize();
    const names = await listed.query<{ name: string }[]>(
      name === 'SQLite'
        ? "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
        : 'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()',
    );
    await listed.destroy();
    await database.drop();
    expect(names.length).toBeGreaterThan(20);
    expect(names.map((row) => row.name).filter((one) => !/^cms_(?:guides|jcr)_/.test(one))).toEqual([]);
  });

  it('are made where the data source of that name is connected', async () => {
    const typeOrm = typeOrmModule('cmsDataSource', source);
    const app = await host(typeOrm, GuidesProcessingModule.forRoot({ dataSource: 'cms', settings: settings({ databaseTablePrefix: 'a_' }) }));
    const [row] = await source.query<{ n: string }[]>('SELECT COUNT(*) AS n FROM a_guides_job');
    expect(Number(row?.n)).toBe(0);
    await app.close();
    opened.pop();
    // The pool was the module's own.
    expect(source.isInitialized).toBe(true);
  });

  it("can be made by the host's own migration run", async () => {
    const database = await TestDatabase.create('MariaDB');
    const migrating = await dataSource(database, guidesMigrations('b_')).initialize();
    const mount = () =>
      host(
        typeOrmModule(DataSource, migrating),
        GuidesProcessingModule.forRoot({ dataSource: 'default', runMigrations: false, settings: settings({ databaseTablePrefix: 'b_' }) }),
      );
    const refused = { message: 'Tables of the module are missing or of an older version: run its migrations, guidesMigrations(), with those of the host.' };
    expect(await failure(mount())).toMatchObject(refused);
    await migrating.runMigrations();
    await migrating.undoLastMigration();
    expect(await failure(mount())).toMatchObject(refused);
    await migrating.runMigrations();
    const app = await mount();
    await app.close();
    opened.pop();
    await migrating.undoLastMigration();
    await migrating.destroy();
    await database.drop();
  });

  it('are refused where they cannot be', async () => {
    const sqlite = new DataSource({ type: 'better-sqlite3', database: join(folder, 'host.sqlite') });
    const mount = (name: DataSource, more: SettingsOverrides = {}) =>
      failure(host(typeOrmModule('cmsDataSource', name), GuidesProcessingModule.forRoot({ dataSource: 'cms', settings: settings(more) })));
    expect(await mount(sqlite)).toMatchObject({ message: expect.stringContaining('a SQLite file has one writer') });
    expect(await mount({ options: { type: 'postgres' } } as DataSource)).toMatchObject({ message: 'dataSource: the module works on MariaDB and MySQL, not on postgres.' });
    expect(await mount(source, { databaseUrl: mariadb.url })).toMatchObject({ message: 'Give dataSource or settings.databaseUrl, not both.' });
    expect(() => readSettings({ databaseTablePrefix: 'x; DROP' })).toThrow('databaseTablePrefix');
  });
});
