import type { CanActivate, InjectionToken, ModuleMetadata, OptionalFactoryDependency, Type } from '@nestjs/common';
import type { AssetRepository } from '../contracts/asset-repository.js';
import type { Authenticator } from '../contracts/auth.js';
import type { SettingsOverrides } from '../contracts/settings.js';

/** What a host sets when it mounts the module. */
export interface GuidesProcessingOptions {
  /**
   * Laid over `config/default.yaml`, where every setting stands with its unit and default, and read as strictly: an unknown or
   * mistyped one stops the start. The environment is not looked at; `loadSettings()` does that, for hosts that want it.
   * @default everything as in `config/default.yaml`
   */
  settings?: SettingsOverrides;
  /**
   * Who may call is the host's to know: it alone is asked, and `settings.users` is not. What it throws is answered with 500, what it
   * does not know with 401 and its challenge.
   * @default the users of `settings`
   */
  authenticator?: Authenticator;
  /**
   * Path prefix → a repository of the host's own, besides those that `settings.mounts` names; the longest prefix serves a path.
   * Where its tables are in the module's database and it writes by the `tx` it is given, a result is stored exactly once, together
   * with the checkpoint. Anywhere else at least once: a crash between its write and the commit repeats `apply` with the same
   * version and hash, which must then change nothing more.
   * @default none
   */
  mounts?: Readonly<Record<string, AssetRepository>>;
  /**
   * Bring the module's tables up to date when it starts. False: the host's migration run does it, by `guidesMigrations()`; a start
   * without the tables fails.
   * @default true
   */
  runMigrations?: boolean;
}

/** What must be known when the module is declared: Nest registers routes before it resolves providers. */
export interface GuidesProcessingMount {
  /**
   * Where the API lies, below the host's global prefix. Two mounts in one application need two of them.
   * @default 'bin/guides/v1', where scripts written for the published product look
   */
  basePath?: string;
  /**
   * Name of the host's TypeORM data source (`default` for the one without a name) whose MariaDB or MySQL database holds the module's
   * tables too, so that a repository of the host commits together with the checkpoint. The module connects by itself, to the same
   * server with the same user and certificates, with a pool of `settings.databasePoolSize` connections.
   * @default none: the database of `settings.databaseUrl`
   */
  dataSource?: string;
  /**
   * A guard of the host that is asked before the module's own, on all routes but those of health; what it needs comes from `imports`.
   * It says who may come near; who that is, `authenticator` reads from what the guard has put on the request (`user`, say).
   * @default none
   */
  guard?: Type<CanActivate>;
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
