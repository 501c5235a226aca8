import type { InjectionToken, ModuleMetadata, OptionalFactoryDependency, Type } from '@nestjs/common';
import type { SettingsOverrides } from '../contracts/settings.js';

/** What a host sets when it mounts the module. */
export interface GuidesProcessingOptions {
  /**
   * Laid over `config/default.yaml`, where every setting stands with its unit and default, and read as strictly: an unknown or
   * mistyped one stops the start. The environment is not looked at; `loadSettings()` does that, for hosts that want it.
   * @default everything as in `config/default.yaml`
   */
  settings?: SettingsOverrides;
}

/** What must be known when the module is declared: Nest registers routes before it resolves providers. */
export interface GuidesProcessingMount {
  /**
   * Where the API lies, below the host's global prefix. Two mounts in one application need two of them.
   * @default 'bin/guides/v1', where scripts written for the published product look
   */
  basePath?: string;
}

/** A provider of the host that knows the options. */
export interface GuidesOptionsFactory {
  createGuidesOptions(): GuidesProcessingOptions | Promise<GuidesProcessingOptions>;
}

/** Options that are known only when the host's providers are: exactly one of the three `use…`. */
export interface GuidesProcessingAsyncOptions extends GuidesProcessingMount, Pick<ModuleMetadata, 'imports'> {
  /** Is instantiated here. */
  useClass?: Type<GuidesOptionsFactory>;
  /** Is taken from `imports`. */
  useExisting?: InjectionToken<GuidesOptionsFactory>;
  useFactory?: (...injected: never[]) => GuidesProcessingOptions | Promise<GuidesProcessingOptions>;
  /** What `useFactory` is given, in this order. */
  inject?: (InjectionToken | OptionalFactoryDependency)[];
}
