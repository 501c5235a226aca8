import { createHash } from 'node:crypto';
import { ASSET_PROCESSED, EVENT_NAMES } from './contracts/events.js';
import { normalizePath } from './contracts/repository-path.js';
import type { EventSettings, WebhookSetting } from './contracts/settings.js';
import { checked, flag, integer, listOf, nullable, oneOf, type Reader, section, text } from './settings-reader.js';

const NAME = /^[\w.-]{1,100}$/;
/** Where the listeners of a host have their place in the outbox. */
const TAKEN_NAME = 'listeners';

const webhook = checked(
  section<WebhookSetting>(
    {
      url: text(isWebhookUrl, 'must be a URL like https://host/path, without user and password'),
      name: nullable(text((name) => NAME.test(name) && name !== TAKEN_NAME, `must be 1 to 100 letters, digits, "_", "." or "-", and not "${TAKEN_NAME}"`)),
      secret: nullable(text((secret) => /^env:\w+$/.test(secret), 'must be env:NAME, the environment variable that holds the secret, and never the secret')),
      secretFile: nullable(text()),
      events: nullable(listOf(oneOf(EVENT_NAMES), 1)),
      pathPrefix: nullable(checked(text(), normalizePath)),
    },
    ['name', 'secret', 'secretFile', 'events', 'pathPrefix'],
  ),
  (setting) => {
    if ((setting.secret === null) === (setting.secretFile === null)) throw new Error('it needs exactly one of secret and secretFile');
    return { ...setting, name: setting.name ?? defaultName(setting.url) };
  },
);

const webhooks = checked(listOf(webhook), (list) => {
  const doubled = list.find((one, index) => list.findIndex(({ name }) => name === one.name) !== index);
  if (doubled) throw new Error(`the name "${doubled.name}" is there twice`);
  return list;
});

export const eventSettings: Reader<EventSettings> = checked(
  section<EventSettings>({
    firePostProcessingEvents: flag(),
    webhooks,
    timeoutMs: integer(100),
    maxEventsPerRequest: integer(1, 500),
    maxAttempts: integer(1, 1000),
    retryDelayMs: integer(1),
    maxRetryDelayMs: integer(1),
  }),
  (settings) => {
    const waiting = settings.webhooks.find(({ events }) => events?.includes(ASSET_PROCESSED));
    if (settings.firePostProcessingEvents || !waiting) return settings;
    throw new Error(`the webhook "${waiting.name}" names ${ASSET_PROCESSED}, which firePostProcessingEvents: true must switch on`);
  },
);

function isWebhookUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, username, password } = new URL(url);
  return ['http:', 'https:'].includes(protocol) && username === '' && password === '';
}

/** The path and query of a URL may be secret. */
function defaultName(url: string): string {
  return `${new URL(url).hostname.replaceAll(/[^\w.-]/g, '_').slice(0, 80)}-${createHash('sha256').update(url).digest('hex').slice(0, 8)}`;
}
