import 'reflect-metadata';
import { AppModule } from './app.module.js';
import { createApp } from './app.js';
import type { GuidesSettings } from './contracts/settings.js';
import { ensureWritable } from './data-dir.js';
import { announce } from './log/service-log.js';
import { standardOutputLog } from './log/standard-output-log.js';
import { loadSettings, withGeneratedAdmin } from './settings.js';
import { closeOnSignal } from './shutdown.js';
import { startupFailure } from './startup-failure.js';

let known: GuidesSettings | null = null;

try {
  const { settings, password } = withGeneratedAdmin(loadSettings());
  known = settings;
  ensureWritable(settings.dataDir);
  const log = standardOutputLog(settings.log.level);
  const app = await createApp(AppModule.forRoot(settings), log, settings.http.connections);
  closeOnSignal(() => app.close(), settings.processing.drainMs);
  await app.listen(settings.http.port, settings.http.host);
  announce(log, `Guides processing listens on ${await app.getUrl()}/bin/guides/v1`);
  // The only place where it is ever shown, and so no line of the log.
  if (password !== null && settings.role !== 'worker') console.log(`No user is configured: sign in as "admin" with the password ${password}`);
} catch (error) {
  console.error(startupFailure(error, known) ?? error);
  process.exit(1);
}
