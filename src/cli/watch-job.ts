import { setTimeout as delay } from 'node:timers/promises';
import { CliError, EXIT } from './cli-error.js';
import { isActive, progressText } from './job-display.js';
import { ProgressDisplay } from './progress-display.js';
import { type JobStatusView, type ServiceClient, ServiceUnreachableError } from './service-client.js';

const POLL_MS = 500;

/** Failed looks in a row that are borne: a service that restarts takes up its jobs by itself. */
const MAX_MISSED_LOOKS = 40;

/** Asks for the state of a job until it has ended. Ctrl-C stops the watching, not the job. @throws CliError */
export async function watchJob(client: ServiceClient, processingId: string): Promise<JobStatusView> {
  const display = new ProgressDisplay('Processing');
  try {
    return await untilInterrupted(processingId, async (signal) => {
      for (;;) {
        const job = await look(client, processingId, signal);
        display.show({ done: job.triggeredCount, total: job.migrationSet.totalFiles, text: progressText(job) });
        if (!isActive(job)) return job;
        await delay(POLL_MS, undefined, { signal });
      }
    });
  } finally {
    display.stop();
  }
}

/** Runs `work` until Ctrl-C, which then says how the job itself is ended. */
export async function untilInterrupted<T>(processingId: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  process.once('SIGINT', interrupt);
  try {
    return await work(interruption.signal);
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    throw new CliError(`Stopped watching; the job goes on. Cancel it with: guides cancel ${processingId}`, EXIT.interrupted);
  } finally {
    process.off('SIGINT', interrupt);
  }
}

/** Exit code for the end of a job. */
export function exitCodeOf(job: JobStatusView): number {
  return job.status === 'FAILED' || job.status === 'CANCELLED' ? EXIT.failed : EXIT.ok;
}

async function look(client: ServiceClient, processingId: string, signal: AbortSignal): Promise<JobStatusView> {
  for (let missed = 0; ; missed++) {
    try {
      return await client.status(processingId);
    } catch (error) {
      if (!(error instanceof ServiceUnreachableError) || missed >= MAX_MISSED_LOOKS) throw error;
      await delay(POLL_MS, undefined, { signal });
    }
  }
}
