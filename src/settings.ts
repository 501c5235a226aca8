import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { validateCronExpression } from 'cron';
import type { ExtractionLimits } from './contracts/pipeline.js';
import { normalizePath } from './contracts/repository-path.js';
import {
  BLOB_STORES,
  type ConnectionLimits,
  type GuidesSettings,
  LOG_LEVELS,
  type ProcessingSettings,
  type RedisSettings,
  type S3Settings,
  SERVICE_ROLES,
  type SettingsOverrides,
  type UserSetting,
} from './contracts/settings.js';
import { hashPasswordSync } from './modules/auth/password-hash.js';
import { eventSettings } from './settings-events.js';
import { failedLogins, jwt, users } from './settings-login.js';
import { environmentLayer, fileLayer, type Layer, overlay } from './settings-layers.js';
import { checked, flag, integer, listOf, mapOf, nullable, oneOf, type Reader, section, share, text } from './settings-reader.js';

/** Beside `src` as beside `dist`: the package's own folder. */
const DEFAULT_FILE = fileURLToPath(new URL('../config/default.yaml', import.meta.url));

/** The operator that `ADMIN_PASSWORD`, or the start without any user, makes. */
const ADMIN = 'admin';

const repositoryPath = checked(text(), normalizePath);
const cronExpression = checked(text(), (cron) => {
  if (cron.trim().split(/\s+/).length !== 5) throw new Error('a cron expression here has five fields');
  const { valid, error } = validateCronExpression(cron);
  if (!valid) throw error ?? new Error('not a cron expression');
  return cron;
});
const pathRule = checked(text(), (rule) => {
  if (!rule.startsWith('regex:')) return normalizePath(rule);
  new RegExp(rule.slice('regex:'.length), 'u');
  return rule;
});

/** A line of the vocabulary (extraction.md, section 5). */
const elementClass = checked(text(), (line) => {
  if (/^[^\s/]+(?:\s+[^\s/]+\/[^\s/]+)+$/.test(line.trim())) return line.trim();
  throw new Error('must be a name and its classes, base first, like "partref topic/xref acme-d/partref"');
});

const connections = checked(
  section<ConnectionLimits>({
    maxHeaderBytes: integer(1024, 1_048_576),
    headersTimeoutMs: integer(100),
    requestTimeoutMs: integer(100),
    keepAliveTimeoutMs: integer(1),
    trustedProxies: integer(0, 100),
  }),
  (limits) => {
    if (limits.headersTimeoutMs <= limits.requestTimeoutMs) return limits;
    throw new Error('headersTimeoutMs must not be above requestTimeoutMs, which includes it');
  },
);

const processing = section<ProcessingSettings>({
  batchSize: integer(1, 10_000),
  batchMaxBytes: integer(1),
  concurrency: integer(1, 64),
  workerThreads: integer(0, 256),
  leaseMs: integer(200),
  sweepMs: integer(10),
  drainMs: integer(0),
  maxAttempts: integer(1, 1000),
  retryDelayMs: integer(0),
  failureThreshold: nullable(share()),
  enabledPaths: listOf(pathRule),
  ignoredPaths: listOf(pathRule),
  renditions: flag(),
  elementClasses: listOf(elementClass),
  limits: section<ExtractionLimits>({
    maxXmlBytes: integer(1),
    maxElementDepth: integer(1),
    maxParseMs: integer(1),
    maxEntityExpansionChars: integer(0),
    maxImageMegapixels: integer(1),
  }),
});

const redis = section<RedisSettings>({
  url: nullable(urlOf('redis', 'rediss')),
  keyPrefix: text((prefix) => /^[\w.-]{1,64}$/.test(prefix), 'must be 1 to 64 letters, digits, "_", "." or "-"'),
  caFile: nullable(text()),
});

const blobs = checked(
  section<WrittenSettings['blobs']>({
    maxInlineBytes: integer(0),
    store: oneOf(BLOB_STORES),
    folder: nullable(text()),
    s3: section<S3Settings>({
      bucket: nullable(text()),
      region: text(),
      endpoint: nullable(urlOf('http', 'https')),
      forcePathStyle: flag(),
      keyPrefix: nullable(text()),
      timeoutMs: integer(100),
    }),
  }),
  (settings) => {
    if (settings.store !== 's3' || settings.s3.bucket !== null) return settings;
    throw new Error('with the store s3, s3.bucket must be set');
  },
);

/** The settings as files give them: what is null there follows from `dataDir`. */
type WrittenSettings = Omit<GuidesSettings, 'databaseUrl' | 'blobs'> & {
  databaseUrl: string | null;
  blobs: Omit<GuidesSettings['blobs'], 'folder'> & { folder: string | null };
};

const written = section<WrittenSettings>({
  role: oneOf(SERVICE_ROLES),
  databaseUrl: nullable(text()),
  databasePoolSize: integer(1, 1000),
  databaseTablePrefix: nullable(text((prefix) => /^[a-z][a-z0-9_]{0,19}$/.test(prefix), 'must be null, or 1 to 20 of a-z, 0-9 and _, with a letter first')),
  redis,
  dataDir: text(),
  http: section({
    host: text(),
    port: integer(0, 65_535),
    maxBodyBytes: integer(1024),
    answerTimeoutMs: integer(1000),
    maxEventStreams: integer(0),
    connections,
  }),
  mounts: mapOf(repositoryPath, oneOf(['jcr', 'database'] as const)),
  blobs,
  log: section({ level: oneOf(LOG_LEVELS) }),
  users,
  jwt,
  failedLogins,
  processing,
  events: eventSettings,
  schedule: section({ enabled: flag(), cron: cronExpression, path: repositoryPath }),
  metrics: section({ host: text(), port: nullable(integer(0, 65_535)) }),
  history: section({ limit: integer(1, 1000) }),
  retention: section({ days: integer(1), keepJobs: integer(0), cron: cronExpression }),
});

/**
 * Reads `config/default.yaml`, over it the file that `GUIDES_CONFIG` names, over it the environment.
 * @throws ConfigurationError naming the setting and the file or variable it stands in.
 */
export function loadSettings(env: NodeJS.ProcessEnv = process.env): GuidesSettings {
  const files = [DEFAULT_FILE, ...(env.GUIDES_CONFIG ? [resolve(env.GUIDES_CONFIG)] : [])];
  const settings = readLayers([...files.map(fileLayer), environmentLayer(env)]);
  return env.ADMIN_PASSWORD ? { ...settings, users: withAdmin(settings.users, env.ADMIN_PASSWORD) } : settings;
}

/**
 * Reads `config/default.yaml` and over it what a host says. The environment is the host's own and is not looked at.
 * @throws ConfigurationError naming the setting.
 */
export function readSettings(overrides: SettingsOverrides): GuidesSettings {
  return readLayers([fileLayer(DEFAULT_FILE), { values: { ...overrides }, describe: () => 'options of the module' }]);
}

function readLayers(layers: readonly Layer[]): GuidesSettings {
  const { values, sourceOf } = overlay(layers);
  const read = written(values, { name: '', sourceOf });
  const dataDir = resolve(read.dataDir);
  return {
    ...read,
    dataDir,
    databaseUrl: read.databaseUrl ?? `sqlite:${join(dataDir, 'guides.sqlite')}`,
    blobs: { ...read.blobs, folder: resolve(read.blobs.folder ?? join(dataDir, 'blobs')) },
  };
}

/** Where nobody could sign in: the user `admin` with a password made up now, which the caller shows once. */
export function withGeneratedAdmin(settings: GuidesSettings): { settings: GuidesSettings; password: string | null } {
  if (settings.users.length > 0) return { settings, password: null };
  const password = randomBytes(18).toString('base64url');
  return { settings: { ...settings, users: withAdmin([], password) }, password };
}

function withAdmin(others: readonly UserSetting[], password: string): UserSetting[] {
  const admin: UserSetting = { name: ADMIN, passwordHash: hashPasswordSync(password), roles: ['operator'], pathPrefixes: null };
  return [...others.filter((one) => one.name !== ADMIN), admin];
}

/** An address whose text is kept, and never repeated in a message: it may hold a password. */
function urlOf(...protocols: readonly string[]): Reader<string> {
  const isOne = (url: string): boolean => URL.canParse(url) && protocols.includes(new URL(url).protocol.slice(0, -1));
  return text(isOne, `must be a URL like ${protocols.map((protocol) => `${protocol}://host:port`).join(' or ')}`);
}
