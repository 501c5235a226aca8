import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { validateCronExpression } from 'cron';
import { ConfigurationError } from './contracts/errors.js';
import type { ExtractionLimits } from './contracts/pipeline.js';
import { normalizePath } from './contracts/repository-path.js';
import type { GuidesSettings, ProcessingSettings, SettingsOverrides, UserSetting } from './contracts/settings.js';
import { hashPasswordSync, parsePasswordHash } from './modules/auth/password-hash.js';
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

const user: Reader<UserSetting> = section<UserSetting>(
  {
    name: text((name) => !/[:\p{Cc}]/u.test(name), 'must be a text without ":" and control characters'),
    passwordHash: checked(text(), (hash) => {
      parsePasswordHash(hash);
      return hash;
    }),
    roles: listOf(oneOf(['viewer', 'operator'] as const), 1),
    pathPrefixes: nullable(listOf(repositoryPath, 1)),
  },
  ['pathPrefixes'],
);

const users = checked(listOf(user), (list) => {
  const doubled = list.find((one, index) => list.findIndex((other) => other.name === one.name) !== index);
  if (doubled) throw new Error(`the user "${doubled.name}" is there twice`);
  return list;
});

/** A line of the vocabulary (extraction.md, section 5). */
const elementClass = checked(text(), (line) => {
  if (/^[^\s/]+(?:\s+[^\s/]+\/[^\s/]+)+$/.test(line.trim())) return line.trim();
  throw new Error('must be a name and its classes, base first, like "partref topic/xref acme-d/partref"');
});

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

/** The settings as files give them: what is null there follows from `dataDir`. */
type WrittenSettings = Omit<GuidesSettings, 'databaseUrl' | 'blobs'> & {
  databaseUrl: string | null;
  blobs: { maxInlineBytes: number; folder: string | null };
};

const written = section<WrittenSettings>({
  databaseUrl: nullable(text()),
  databasePoolSize: integer(1, 1000),
  dataDir: text(),
  http: section({ host: text(), port: integer(0, 65_535), maxBodyBytes: integer(1024) }),
  mounts: mapOf(repositoryPath, oneOf(['jcr', 'database'] as const)),
  blobs: section({ maxInlineBytes: integer(0), folder: nullable(text()) }),
  users,
  processing,
  schedule: section({ enabled: flag(), cron: cronExpression, path: repositoryPath }),
  history: section({ limit: integer(1, 1000) }),
  retention: section({ days: integer(1), keepJobs: integer(0), cron: cronExpression }),
});

/**
 * Reads `config/default.yaml`, over it the file that `GUIDES_CONFIG` names, over it the environment.
 * @throws ConfigurationError naming the setting and the file or variable it stands in.
 */
export function loadSettings(env: NodeJS.ProcessEnv = process.env): GuidesSettings {
  refuseWhatIsNotThereYet(env);
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

function refuseWhatIsNotThereYet(env: NodeJS.ProcessEnv): void {
  if (env.ROLE && env.ROLE !== 'all') {
    throw new ConfigurationError('environment variable ROLE: this version has the role "all" only; separate roles are not there yet.');
  }
  if (env.REDIS_URL) {
    throw new ConfigurationError('environment variable REDIS_URL: this version has the embedded queue only; Redis is not there yet.');
  }
}
