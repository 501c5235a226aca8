import { existsSync, readFileSync } from 'node:fs';
import { parse, YAMLParseError } from 'yaml';
import { ConfigurationError } from './contracts/errors.js';
import { isMapping } from './settings-reader.js';

/** One source of settings: a file, or the environment. */
export interface Layer {
  values: Record<string, unknown>;
  /** Names the source of a setting in messages. */
  describe(name: string): string;
}

/** Settings whose keys are the user's own: a later layer replaces them instead of adding to them. */
const REPLACED_WHOLE = new Set(['mounts']);

/** Environment variable → setting. Numbers and booleans are read from their text. */
export const VARIABLES = {
  ROLE: 'role',
  DATABASE_URL: 'databaseUrl',
  DATABASE_POOL_SIZE: 'databasePoolSize',
  DATABASE_TABLE_PREFIX: 'databaseTablePrefix',
  REDIS_URL: 'redis.url',
  REDIS_KEY_PREFIX: 'redis.keyPrefix',
  DATA_DIR: 'dataDir',
  BLOB_STORE: 'blobs.store',
  BLOB_FOLDER: 'blobs.folder',
  S3_BUCKET: 'blobs.s3.bucket',
  S3_REGION: 'blobs.s3.region',
  S3_ENDPOINT: 'blobs.s3.endpoint',
  HOST: 'http.host',
  PORT: 'http.port',
  MAX_BODY_BYTES: 'http.maxBodyBytes',
  METRICS_PORT: 'metrics.port',
  TRUSTED_PROXIES: 'http.connections.trustedProxies',
  LOG_LEVEL: 'log.level',
  BATCH_SIZE: 'processing.batchSize',
  CONCURRENCY: 'processing.concurrency',
  WORKER_THREADS: 'processing.workerThreads',
  LEASE_MS: 'processing.leaseMs',
  SWEEP_MS: 'processing.sweepMs',
  DRAIN_MS: 'processing.drainMs',
  SCHEDULE_ENABLED: 'schedule.enabled',
  FIRE_POST_PROCESSING_EVENTS: 'events.firePostProcessingEvents',
} as const;

const TEXT_SETTINGS = new Set<string>([
  'databaseUrl',
  'databaseTablePrefix',
  'dataDir',
  'http.host',
  'log.level',
  'role',
  'redis.url',
  'redis.keyPrefix',
  'blobs.store',
  'blobs.folder',
  'blobs.s3.bucket',
  'blobs.s3.region',
  'blobs.s3.endpoint',
]);

/** @throws ConfigurationError when the file is not there or is no YAML mapping. */
export function fileLayer(file: string): Layer {
  if (!existsSync(file)) throw new ConfigurationError(`${file}: there is no such configuration file.`);
  const values = parseYaml(file) ?? {};
  if (!isMapping(values)) throw new ConfigurationError(`${file}: must be a mapping of settings.`);
  return { values, describe: () => file };
}

export function environmentLayer(env: NodeJS.ProcessEnv): Layer {
  const values: Record<string, unknown> = {};
  const variableOf = new Map<string, string>();
  for (const [variable, setting] of Object.entries(VARIABLES)) {
    const given = env[variable];
    // Compose files and shells pass on variables that nobody set as empty text.
    if (given === undefined || given === '') continue;
    put(values, setting.split('.'), TEXT_SETTINGS.has(setting) ? given : scalar(given));
    variableOf.set(setting, variable);
  }
  return { values, describe: (name) => `environment variable ${variableOf.get(name) ?? name}` };
}

/** Lays `layers` over each other, the last on top, and remembers which one set what. */
export function overlay(layers: readonly Layer[]): { values: Record<string, unknown>; sourceOf: (name: string) => string } {
  const sources = new Map<string, Layer>();
  const values = layers.reduce<Record<string, unknown>>((base, layer) => merge(base, layer.values, '', layer, sources), {});
  const sourceOf = (name: string): string => {
    for (let at = name; at !== ''; at = at.replace(/(\.|\[)?[^.[]*$/, '')) {
      const layer = sources.get(at);
      if (layer) return layer.describe(at);
    }
    return layers[0]?.describe(name) ?? 'configuration';
  };
  return { values, sourceOf };
}

function merge(
  base: Record<string, unknown>,
  over: Record<string, unknown>,
  prefix: string,
  layer: Layer,
  sources: Map<string, Layer>,
): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const name = prefix === '' ? key : `${prefix}.${key}`;
    const below = merged[key];
    if (isMapping(value) && isMapping(below) && !REPLACED_WHOLE.has(name)) {
      merged[key] = merge(below, value, name, layer, sources);
    } else {
      merged[key] = value;
      sources.set(name, layer);
    }
  }
  return merged;
}

function parseYaml(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof YAMLParseError) throw new ConfigurationError(`${file}: ${error.message.split('\n')[0] ?? ''}`, { cause: error });
    throw new ConfigurationError(`${file}: cannot be read.`, { cause: error });
  }
}

function scalar(given: string): unknown {
  if (given === 'true' || given === 'false') return given === 'true';
  return /^-?\d{1,15}$/.test(given) ? Number(given) : given;
}

function put(values: Record<string, unknown>, [key = '', ...rest]: string[], value: unknown): void {
  if (rest.length === 0) {
    values[key] = value;
    return;
  }
  const inner = isMapping(values[key]) ? values[key] : {};
  values[key] = inner;
  put(inner, rest, value);
}
