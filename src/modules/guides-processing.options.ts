import type { GuidesSettings } from '../contracts/settings.js';

/** What a host sets when it mounts the module. */
export interface GuidesProcessingOptions {
  /** Every setting with its unit stands in `config/default.yaml`; `loadSettings()` reads them. */
  settings: GuidesSettings;
}
