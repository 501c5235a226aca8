import 'reflect-metadata';
import { AppModule } from './app.module.js';
import { createApp } from './app.js';
import type { GuidesSettings } from './contracts/settings.js';
import { ensureWritable } from './data-dir.js';
import { loadSettings, withGeneratedAdmin } from './settings.js';
import { closeOnSignal } from './shutdown.js';
import { startupFailure } from './startup-failure.js';

let known: GuidesSettings | null = null;

try {
  const { settings, password } = withGeneratedAdmin(loadSettings());
  known = settings;
  ensureWritable(settings.dataDir);
  const app = await createApp(AppModule.forRoot(settings));
  closeOnSignal(() => app.close(), settings.processing.drainMs);
  await app.listen(settings.http.port, settings.http.host);
  console.log(`Guides processing listens on ${await app.getUrl()}/bin/guides/v1`);
  // The only place where it is ever shown.
  if (password !== null) console.log(`No user is configured: sign in as "admin" with the password ${password}`);
} catch (error) {
  console.error(startupFailure(error, known) ?? error);
  process.exit(1);
}
