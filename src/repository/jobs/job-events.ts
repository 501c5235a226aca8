import type { EventPublisher, JobEventName } from '../../contracts/events.js';
import type { Job } from '../../contracts/job.js';
import type { Tx } from '../../contracts/unit-of-work.js';

/** Announces a change of a job by the transaction that makes it: one conditional update, so exactly one announcement. */
export async function stageJobEvent(events: EventPublisher, name: JobEventName, job: Job, tx: Tx): Promise<void> {
  if (!events.isHeard(name)) return;
  const { processingId, type, path, status, dryRun, createdBy, counts, comments } = job;
  await events.stage([{ name, processingId, type, path, status, dryRun, createdBy, counts, comments }], tx);
}
