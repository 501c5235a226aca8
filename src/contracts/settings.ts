import type { Role } from './auth.js';
import type { ExtractionLimits } from './pipeline.js';

/** Everything that can be set, with defaults in `config/default.yaml`. Units stand in the names. */
export interface GuidesSettings {
  /** `sqlite:<file>`, `mysql://…` or `mariadb://…`. */
  databaseUrl: string;
  databasePoolSize: number;
  /** Where the embedded database, large blobs and temporary files live. */
  dataDir: string;
  http: {
    host: string;
    port: number;
    maxBodyBytes: number;
  };
  /** Path prefix → provider (`jcr`, `database`); the longest prefix wins. */
  mounts: Record<string, string>;
  blobs: {
    /** Blobs up to this size live in a table, larger ones as files. */
    maxInlineBytes: number;
    folder: string;
  };
  users: UserSetting[];
  processing: ProcessingSettings;
  schedule: {
    enabled: boolean;
    /** Five-field cron expression, local time. */
    cron: string;
    path: string;
  };
  history: { limit: number };
  retention: {
    days: number;
    /** This many newest jobs are kept however old they are. */
    keepJobs: number;
    cron: string;
  };
}

/** Some of the settings; lists and `mounts` are taken as a whole. */
export type SettingsOverrides = Overrides<GuidesSettings>;

type Overrides<T> = { [K in keyof T]?: T[K] extends readonly unknown[] ? T[K] : T[K] extends object ? Overrides<T[K]> : T[K] };

export interface UserSetting {
  name: string;
  /** `scrypt:…`, made by `guides hash-password`; never a password. */
  passwordHash: string;
  roles: Role[];
  /** Null: everywhere. */
  pathPrefixes: string[] | null;
}

export interface ProcessingSettings {
  /** Most assets in a batch, the unit of commit. */
  batchSize: number;
  /** Most bytes of content in a batch of more than one asset: bounds the memory of a batch. */
  batchMaxBytes: number;
  /** Batches in work at once in this process. */
  concurrency: number;
  /** Threads that parse; 0: one per core. */
  workerThreads: number;
  /** How long a claim holds without a heartbeat. */
  leaseMs: number;
  /** How often what is due is looked for. */
  sweepMs: number;
  /** How long a shutdown waits for commits in flight. */
  drainMs: number;
  /** Tries of a batch that cannot commit before the job fails. */
  maxAttempts: number;
  /** Delay before the second try; doubles with each further one. */
  retryDelayMs: number;
  /** Share (0..1) of failed assets above which a job ends FAILED; null: never. */
  failureThreshold: number | null;
  /** Paths or `regex:` patterns (http-api.md, "What is never processed"). */
  enabledPaths: string[];
  ignoredPaths: string[];
  renditions: boolean;
  /** Specialised elements that documents use without `@class`: `name module/type module/type …` each, base first. */
  elementClasses: string[];
  limits: ExtractionLimits;
}
