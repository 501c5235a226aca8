import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DynamicModule, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import request from 'supertest';
import { GuidesProcessingModule, type GuidesOptionsFactory, type GuidesProcessingAsyncOptions, type SettingsOverrides } from '../../src/index.js';
import { authorization, BASE, testUsers, USERS } from '../support/http-service.js';

describe('mounting the module', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'guides-mounting-'));
  afterAll(() => {
    rmSync(dataDir, { recursive: true, force: true });
  });
  const settings = (): SettingsOverrides => ({ dataDir, users: testUsers(), schedule: { enabled: false }, history: { limit: 7 } });

  /** Knows what the module needs; a provider of the host. */
  @Injectable()
  class HostConfiguration implements GuidesOptionsFactory {
    readonly settings = settings();
    createGuidesOptions() {
      return { settings: this.settings };
    }
  }
  @Module({ providers: [HostConfiguration], exports: [HostConfiguration] })
  class ConfigurationModule {}

  const imports = [ConfigurationModule];
  const WAYS: [string, () => DynamicModule][] = [
    ['options', () => GuidesProcessingModule.forRoot({ settings: settings() })],
    [
      'a factory with providers of the host',
      () => GuidesProcessingModule.forRootAsync({ imports, inject: [HostConfiguration], useFactory: (host: HostConfiguration) => ({ settings: host.settings }) }),
    ],
    ['a factory that takes its time', () => GuidesProcessingModule.forRootAsync({ useFactory: () => Promise.resolve({ settings: settings() }) })],
    ['a class of its own', () => GuidesProcessingModule.forRootAsync({ useClass: HostConfiguration })],
    ['a provider that exists', () => GuidesProcessingModule.forRootAsync({ imports, useExisting: HostConfiguration })],
  ];

  async function startHost(mounted: DynamicModule): Promise<NestExpressApplication> {
    @Module({ imports: [mounted] })
    class HostModule {}
    const app = await NestFactory.create<NestExpressApplication>(HostModule, { logger: false, abortOnError: false });
    await app.listen(0, '127.0.0.1');
    return app;
  }

  it.each(WAYS)('takes %s, and closes cleanly', async (_, mounted) => {
    const app = await startHost(mounted());
    const status = await request(app.getHttpServer()).get(`${BASE}/system/status`).set('Authorization', authorization(USERS.viewer));
    expect(status.body).toMatchObject({ databaseConnectionCheck: 'passed' });
    await app.close();
  });

  it('keeps two mounts with paths and settings of their own apart', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'guides-mounting-'));
    @Module({
      imports: [
        GuidesProcessingModule.forRoot({ settings: settings() }),
        GuidesProcessingModule.forRoot({ basePath: 'media/api', settings: { ...settings(), dataDir: elsewhere, mounts: { '/content': 'database' } } }),
      ],
    })
    class HostModule {}
    const app = await NestFactory.create<NestExpressApplication>(HostModule, { logger: false, abortOnError: false });
    await app.listen(0, '127.0.0.1');
    const get = async (path: string): Promise<unknown> =>
      (await request(app.getHttpServer()).get(path).set('Authorization', authorization(USERS.operator))).body;

    expect(await get(`${BASE}/system/status`)).toMatchObject({ isDatabase: false });
    expect(await get('/media/api/system/status')).toMatchObject({ isDatabase: true });
    const body = { path: '/', type: 'ASSET_PROCESSING' };
    const started = await request(app.getHttpServer()).post('/media/api/assets/process').set('Authorization', authorization(USERS.operator)).send(body);
    expect(await get('/media/api/assets/process/history')).toMatchObject({ executionHistory: [started.body] });
    expect(await get(`${BASE}/assets/process/history`)).toEqual({ executionHistory: [] });
    expect(await get('/media/api/nothing')).toMatchObject({ statusCode: 400, message: 'There is no GET /media/api/nothing.' });
    expect((await request(app.getHttpServer()).get('/media/api/system/status')).status).toBe(401);
    await app.close();
    rmSync(elsewhere, { recursive: true, force: true });
  });

  it('refuses a base path that is none', () => {
    expect(() => GuidesProcessingModule.forRoot({ basePath: '/x/' })).toThrow('without slashes around it');
  });

  it.each<[string, SettingsOverrides, RegExp]>([
    ['an unknown setting', { proccessing: {} } as SettingsOverrides, /proccessing/],
    ['a mistyped setting', { processing: { batchSize: -1 } }, /processing\.batchSize/],
  ])('does not start with %s, and names it', async (_, wrong, named) => {
    await expect(startHost(GuidesProcessingModule.forRoot({ settings: wrong }))).rejects.toThrow(named);
  });

  it('does not start twice at one path', async () => {
    const twice = GuidesProcessingModule.forRoot({ settings: settings() });
    @Module({ imports: [twice] })
    class FirstModule {}
    await expect(startHost({ module: FirstModule, imports: [GuidesProcessingModule.forRoot({ settings: settings() })] })).rejects.toThrow(
      'The module is mounted twice at "bin/guides/v1": give one of the mounts another basePath.',
    );
    // Imported by several modules of the host it is still one.
    await (await startHost({ module: FirstModule, imports: [twice] })).close();
  });

  const repository = { provider: 'half', scan: () => Promise.resolve([]) };
  const never = (): never => {
    throw new Error('Nobody asks it.');
  };
  const whole = { provider: 'whole', kindOf: never, existing: never, scan: never, count: never, load: never, lock: never, apply: never };
  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'gave no options'],
    ['an unknown option', { mount: {} }, 'There is no option "mount"; there are settings, authenticator, mounts, runMigrations.'],
    ['what must stand beside the factory', { guard: HostConfiguration }, '"guard" must be known when the module is declared: give it beside useFactory, useClass or useExisting.'],
    ['an authenticator that is none', { authenticator: { authenticate: true } }, 'authenticator: needs challenge and authenticate().'],
    ['a repository that is none', { mounts: { '/content/x': repository } }, 'mounts: what serves /content/x is no AssetRepository; it lacks kindOf, existing, count, load, lock, apply.'],
    ['a provider instead of a repository', { mounts: { '/content/x': 'jcr' } }, 'mounts: "jcr" at /content/x is no AssetRepository; the providers of the module are mounted by settings.mounts.'],
    ['a mount that is no path', { mounts: { 'content/x': whole }, settings: settings() }, 'mounts: "content/x" must be absolute'],
    ['a switch that is none', { runMigrations: 'no' }, 'runMigrations: must be true or false.'],
  ])('does not start with %s from a factory, and says so', async (_, options, message) => {
    await expect(startHost(GuidesProcessingModule.forRootAsync({ useFactory: () => options as never }))).rejects.toThrow(message);
  });

  it.each<[string, unknown, string]>([
    ['an unknown option', { mount: {} }, 'There is no option "mount"; there are settings, authenticator, mounts, runMigrations, basePath, dataSource, guard.'],
    ['a guard that is no class', { guard: {} }, 'guard: must be a class.'],
  ])('refuses %s', (_, options, message) => {
    expect(() => GuidesProcessingModule.forRoot(options as object)).toThrow(message);
  });

  it('does not start with a class that makes no options', async () => {
    class Forgetful {
      readonly options = {};
    }
    await expect(startHost(GuidesProcessingModule.forRootAsync({ useClass: Forgetful as never }))).rejects.toThrow('Forgetful has no createGuidesOptions().');
  });

  it('names the data source that the host does not have', async () => {
    await expect(startHost(GuidesProcessingModule.forRoot({ dataSource: 'cms', settings: settings() }))).rejects.toThrow(
      'dataSource: the host has no TypeORM data source "cms".',
    );
  });

  it.each<[string, GuidesProcessingAsyncOptions]>([
    ['no way to find the options', {}],
    ['two ways', { useClass: HostConfiguration, useExisting: HostConfiguration }],
  ])('refuses %s', (_, options) => {
    expect(() => GuidesProcessingModule.forRootAsync(options)).toThrow('exactly one of useFactory, useClass and useExisting');
  });
});
