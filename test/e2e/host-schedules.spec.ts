import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DynamicModule, type INestApplicationContext, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cron, ScheduleModule, SchedulerRegistry, Timeout } from '@nestjs/schedule';
import { GuidesProcessingModule } from '../../src/index.js';

describe('schedules of a host', () => {
  const folder = mkdtempSync(join(tmpdir(), 'guides-schedules-'));
  let app: INestApplicationContext | null = null;
  afterEach(() => app?.close());
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  @Injectable()
  class Nightly {
    runs = 0;
    private ended: () => void = () => undefined;
    readonly end = new Promise<void>((resolve) => (this.ended = resolve));
    @Timeout(1)
    run(): void {
      this.runs++;
    }
    /** Timers of the same start that are due earlier have run by then. */
    @Timeout(50)
    finish(): void {
      this.ended();
    }
    @Cron('0 3 * * *', { name: 'nightly' })
    nightly(): void {
      this.runs++;
    }
  }

  async function host(...imports: DynamicModule[]): Promise<INestApplicationContext> {
    const guides = GuidesProcessingModule.forRoot({ settings: { dataDir: folder, processing: { workerThreads: 1 } } });
    @Module({ imports: [...imports, guides], providers: [Nightly] })
    class HostModule {}
    app = await NestFactory.createApplicationContext(HostModule, { logger: false, abortOnError: false });
    return app;
  }

  it('run once, as they would without the module', async () => {
    const { runs, end } = await host(ScheduleModule.forRoot()).then((started) => {
      const nightly = started.get(Nightly);
      return { runs: () => nightly.runs, end: nightly.end };
    });
    await end;
    expect(runs()).toBe(1);
  });

  it('are the only ones in its registry', async () => {
    const started = await host(ScheduleModule.forRoot());
    expect([...started.get(SchedulerRegistry).getCronJobs().keys()]).toEqual(['nightly']);
  });

  it.each<[string, DynamicModule[]]>([
    ['where the host has switched them off', [ScheduleModule.forRoot({ cronJobs: false, timeouts: false })]],
    ['where the host has none', []],
  ])('stay off %s', async (_, imports) => {
    const started = await host(...imports);
    const registry = imports.length > 0 ? started.get(SchedulerRegistry) : null;
    expect(registry?.getTimeouts() ?? []).toEqual([]);
    if (!registry) expect(() => started.get(SchedulerRegistry, { strict: false })).toThrow();
    expect(started.get(Nightly).runs).toBe(0);
  });
});
