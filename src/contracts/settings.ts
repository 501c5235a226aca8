import type { Role } from './auth.js';
import type { EventName } from './events.js';
import type { ExtractionLimits } from './pipeline.js';

/** Everything that can be set, with defaults in `config/default.yaml`. Units stand in the names. */
export interface GuidesSettings {
  role: ServiceRole;
  /** `sqlite:<file>`, `mysql://…` or `mariadb://…`. */
  databaseUrl: string;
  databasePoolSize: number;
  /** Before the names of all tables and indexes; null: nothing. */
  databaseTablePrefix: string | null;
  redis: RedisSettings;
  /** Where the embedded database, large blobs and temporary files live. */
  dataDir: string;
  http: {
    host: string;
    port: number;
    maxBodyBytes: number;
    /** How long the caller waits for the beginning of an answer before he gets a 500. */
    answerTimeoutMs: number;
    maxEventStreams: number;
    connections: ConnectionLimits;
  };
  /** Path prefix → provider (`jcr`, `database`); the longest prefix wins. */
  mounts: Record<string, string>;
  blobs: {
    /** Blobs up to this size live in a table, larger ones in `store`. */
    maxInlineBytes: number;
    store: BlobStoreName;
    folder: string;
    s3: S3Settings;
  };
  /** Of the service; a host logs through its own Nest logger. */
  log: { level: ServiceLogLevel };
  users: UserSetting[];
  jwt: JwtSettings;
  failedLogins: FailedLoginSettings;
  processing: ProcessingSettings;
  events: EventSettings;
  schedule: {
    enabled: boolean;
    /** Five-field cron expression, local time. */
    cron: string;
    path: string;
  };
  metrics: {
    host: string;
    /** Null: behind the login only. */
    port: number | null;
  };
  history: { limit: number };
  retention: {
    days: number;
    /** This many newest jobs are kept however old they are. */
    keepJobs: number;
    cron: string;
  };
}

/**
 * What a process does (processing.md, "Executors"). `all`: everything. `api`: HTTP only. `worker`: plans, processes and keeps the
 * schedules; of HTTP it answers the health checks only.
 */
export const SERVICE_ROLES = ['all', 'api', 'worker'] as const;
export type ServiceRole = (typeof SERVICE_ROLES)[number];

export interface RedisSettings {
  /** `redis://…` or `rediss://…` (TLS); null: batches are found in the database alone. */
  url: string | null;
  /** Before every key and channel, so that several services can share one Redis. */
  keyPrefix: string;
  /** PEM file of the authority that signed the server's certificate; null: those that Node trusts. */
  caFile: string | null;
}

export const BLOB_STORES = ['folder', 's3'] as const;
export type BlobStoreName = (typeof BLOB_STORES)[number];

/** Credentials come from where the AWS SDK looks for them: `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, a profile, or the machine's role. */
export interface S3Settings {
  /** Null only where `blobs.store` is not `s3`. */
  bucket: string | null;
  region: string;
  /** Null: Amazon's own. */
  endpoint: string | null;
  /** Bucket in the path and not in the host name, as most compatible servers need it. */
  forcePathStyle: boolean;
  /** Before the names of all objects. */
  keyPrefix: string | null;
  /** For one request to one object. */
  timeoutMs: number;
}

/** Some of the settings; lists and `mounts` are taken as a whole. */
export type SettingsOverrides = Overrides<GuidesSettings>;

/** Any part of `T`. */
export type Overrides<T> = { [K in keyof T]?: T[K] extends readonly unknown[] ? T[K] : T[K] extends object ? Overrides<T[K]> : T[K] };

/** What a client may take of the service's own HTTP server; a host has its own. */
export interface ConnectionLimits {
  /** Request line and headers together. */
  maxHeaderBytes: number;
  /** For all headers of a request to arrive. */
  headersTimeoutMs: number;
  /** For the whole request to arrive, body included. */
  requestTimeoutMs: number;
  /** How long an idle connection is kept for the next request. */
  keepAliveTimeoutMs: number;
  /** Proxies in front of the service, each of which adds to `X-Forwarded-For`. */
  trustedProxies: number;
}

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type ServiceLogLevel = (typeof LOG_LEVELS)[number];

/** Bearer tokens beside Basic; none are taken while `keyFile`, `jwksFile` and `jwksUrl` are null. At most one of them is set. */
export interface JwtSettings {
  /** A public key or certificate (PEM) or JWK; with HMAC algorithms the secret. */
  keyFile: string | null;
  /** A JWK set. */
  jwksFile: string | null;
  /** Where a JWK set is fetched, and fetched again when a key is not in it. */
  jwksUrl: string | null;
  algorithms: string[];
  /** Claims `iss` and `aud` that a token must have; null only where no token is taken. */
  issuer: string | null;
  audience: string | null;
  /** How far the clock of the issuer may be off. */
  clockSkewSeconds: number;
  userClaim: string;
  rolesClaim: string;
  /** Values of the roles claim that make a viewer, or an operator. */
  viewerRoles: string[];
  operatorRoles: string[];
  /** Null: tokens reach the whole repository. */
  pathPrefixesClaim: string | null;
}

/** How many logins may fail within a window before more are refused. */
export interface FailedLoginSettings {
  /** Of one user from one address. */
  perUser: number;
  perAddress: number;
  windowSeconds: number;
  blockSeconds: number;
}

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

export interface EventSettings {
  /** Announce each processed asset, as the published product does when it is told to. Events of jobs need no switch. */
  firePostProcessingEvents: boolean;
  webhooks: WebhookSetting[];
  /** For one request to a webhook, and for one listener of the host to deal with one event. */
  timeoutMs: number;
  /** Most events of one request to a webhook. */
  maxEventsPerRequest: number;
  /** Tries of an event before it is a dead letter. */
  maxAttempts: number;
  /** Delay before the second try; doubles with each further one. */
  retryDelayMs: number;
  maxRetryDelayMs: number;
}

/** Somebody whom events are posted to (docs/events.md). What is left out or null has the default. */
export interface WebhookSetting {
  url: string;
  /**
   * Letters, digits and `_ . -`: tells its place in the outbox, its dead letters and its lines of the log, so that the URL may change.
   * @default host and a hash of the URL
   */
  name?: string | null;
  /** `env:NAME`: the environment variable that holds the secret. Never the secret itself. Exactly one of this and `secretFile`. */
  secret?: string | null;
  secretFile?: string | null;
  /** @default all */
  events?: EventName[] | null;
  /** Events of assets at or below it, and of jobs whose tree overlaps it. @default everywhere */
  pathPrefix?: string | null;
}
