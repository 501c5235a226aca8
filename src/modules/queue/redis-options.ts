import { readFileSync } from 'node:fs';
import type { RedisOptions } from 'ioredis';
import { ConfigurationError } from '../../contracts/errors.js';
import type { RedisSettings } from '../../contracts/settings.js';

const CONNECT_MS = 5000;
/** Longest pause between two tries to connect again. */
const MAX_RETRY_MS = 2000;
/** A Redis that takes longer for one small command counts as gone: nothing may wait for it. */
const COMMAND_MS = 2000;

/** How to reach the server. @throws ConfigurationError when the file of the authority cannot be read. */
export function redisOptions(url: string, { caFile }: Pick<RedisSettings, 'caFile'>): RedisOptions {
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1') || '127.0.0.1',
    port: port === '' ? 6379 : Number(port),
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    db: databaseNumber(pathname),
    ...(protocol === 'rediss:' ? { tls: caFile === null ? {} : { ca: authority(caFile) } } : {}),
    connectTimeout: CONNECT_MS,
    keepAlive: 10_000,
    retryStrategy: (tries) => Math.min(tries * 100, MAX_RETRY_MS),
  };
}

/** For commands that somebody waits for: they fail at once while there is no connection, and soon when nobody answers. */
export const IMPATIENT: RedisOptions = { enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: COMMAND_MS };

/** For connections that take what comes, and come back by themselves however long it takes. */
export const PATIENT: RedisOptions = { maxRetriesPerRequest: null };

function databaseNumber(pathname: string): number {
  const text = pathname.replace(/^\//, '');
  if (/^\d{0,4}$/.test(text)) return Number(text);
  throw new ConfigurationError('redis.url: what follows the host must be the number of a database, as in redis://host:6379/0.');
}

function authority(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new ConfigurationError(`redis.caFile: ${file} cannot be read.`, { cause: error });
  }
}
