import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { GuidesSettings, SettingsOverrides } from '../../src/contracts/settings.js';
import type { ContentSource } from '../../src/modules/content/content-source.js';
import { openContentSource } from '../../src/modules/content/open-content-source.js';
import { openContentImport } from '../../src/modules/composition/content-import.factory.js';
import { loadSettings } from '../../src/settings.js';

/** The data folder of a service, with a configuration and content of its own, that outlives the processes on it. */
export class ServiceData {
  private constructor(
    private readonly folder: string,
    private readonly configuration: object,
  ) {
    writeFileSync(this.environment.GUIDES_CONFIG, stringify(configuration));
  }

  /** With the settings of `processing` that are given, and no schedule. @param others besides */
  static create(processing: Partial<GuidesSettings['processing']>, others: SettingsOverrides = {}): ServiceData {
    return new ServiceData(mkdtempSync(join(tmpdir(), 'guides-service-')), { schedule: { enabled: false }, processing, ...others });
  }

  get environment(): { DATA_DIR: string; GUIDES_CONFIG: string } {
    return { DATA_DIR: join(this.folder, 'data'), GUIDES_CONFIG: join(this.folder, 'guides.yaml') };
  }

  get settings(): GuidesSettings {
    return loadSettings(this.environment);
  }

  /** Brings the files below `source` in, under `targetPath`. @param environment on top of the service's own. */
  async import(source: string, targetPath: string, environment: Record<string, string> = {}): Promise<void> {
    await this.importFrom(await openContentSource(source), targetPath, environment);
  }

  /** Brings in what a source hands out, and closes it. */
  async importFrom(content: ContentSource, targetPath: string, environment: Record<string, string> = {}): Promise<void> {
    const { contentImport, close } = await openContentImport(loadSettings({ ...this.environment, ...environment }));
    try {
      await contentImport.run(content, { targetPath, createdBy: 'tester' });
    } finally {
      await content.close();
      await close();
    }
  }

  /** The same data again, for a service that nobody disturbs. Nothing may have it open. */
  copy(): ServiceData {
    const folder = mkdtempSync(join(tmpdir(), 'guides-service-'));
    cpSync(this.folder, folder, { recursive: true });
    return new ServiceData(folder, this.configuration);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
