import { ConfigurationError, GuidesError } from '../contracts/errors.js';
import type { GuidesSettings } from '../contracts/settings.js';
import { CliError, EXIT } from './cli-error.js';

/** Runs a command that works on the database of the settings itself; what goes wrong becomes one sentence. @throws CliError */
export async function withLocalSettings(work: (settings: GuidesSettings) => Promise<void>): Promise<void> {
  // Loaded when needed: the other commands start three times as fast without a database driver.
  const [{ loadSettings }, { ensureWritable }, { startupFailure }] = await Promise.all([
    import('../settings.js'),
    import('../data-dir.js'),
    import('../startup-failure.js'),
  ]);
  let settings: GuidesSettings | null = null;
  try {
    settings = loadSettings();
    ensureWritable(settings.dataDir);
    await work(settings);
  } catch (error) {
    throw asCliError(error, startupFailure(error, settings));
  }
}

function asCliError(error: unknown, startup: string | null): unknown {
  if (error instanceof CliError) return error;
  if (startup !== null) return new CliError(startup, error instanceof ConfigurationError ? EXIT.refused : EXIT.failed, { cause: error });
  if (error instanceof GuidesError) return new CliError(error.message, error.retryable ? EXIT.failed : EXIT.refused, { cause: error });
  return error;
}
