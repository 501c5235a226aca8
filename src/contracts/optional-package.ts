import { ConfigurationError } from './errors.js';

/**
 * Loads packages that only some set-ups need.
 * @param need what needs them, for the message: `The setting redis.url`.
 * @throws ConfigurationError that names a package that is not installed, and how to get it.
 */
export async function loadOptional<T>(need: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const missing = /Cannot find (?:package|module) '([^']+)'/.exec(String(error))?.[1];
    if (missing === undefined) throw error;
    throw new ConfigurationError(`${need} needs the package "${missing}", which is not installed: npm install ${missing}`, { cause: error });
  }
}
