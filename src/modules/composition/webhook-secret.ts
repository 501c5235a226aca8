import { readFileSync } from 'node:fs';
import { ConfigurationError } from '../../contracts/errors.js';
import type { WebhookSetting } from '../../contracts/settings.js';

/** Shorter ones can be guessed. */
const MIN_SECRET_CHARS = 16;

/** The secret that a webhook's requests are signed with. @throws ConfigurationError that never shows it. */
export function webhookSecret({ name, secret, secretFile }: WebhookSetting, env: NodeJS.ProcessEnv = process.env): string {
  const place = `events.webhooks, "${name ?? ''}"`;
  const found = secretFile ? fileText(secretFile, place) : (env[secret?.slice('env:'.length) ?? ''] ?? '').trim();
  const source = secretFile ?? secret ?? '';
  if (found === '') throw new ConfigurationError(`${place}: there is no secret in ${source}.`);
  if (found.length < MIN_SECRET_CHARS) throw new ConfigurationError(`${place}: the secret in ${source} has fewer than ${MIN_SECRET_CHARS} characters.`);
  return found;
}

function fileText(file: string, place: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new ConfigurationError(`${place}: the file ${file} cannot be read.`, { cause: error });
  }
}
