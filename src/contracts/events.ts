import type { AssetOutcome } from './asset.js';
import type { JobCounts, JobStatus } from './job.js';
import type { Tx } from './unit-of-work.js';

/** Follows each processed asset, under the name that the published product gives it (http-api.md, "Event"). */
export const ASSET_PROCESSED = 'com/adobe/guides/postprocess/complete';
/** First work on a job. */
export const JOB_STARTED = 'guides/job/started';
/** A job that had ended FAILED or CANCELLED goes on. */
export const JOB_RESUMED = 'guides/job/resumed';
/** The job ended SUCCESS. */
export const JOB_COMPLETED = 'guides/job/completed';
export const JOB_FAILED = 'guides/job/failed';
export const JOB_CANCELLED = 'guides/job/cancelled';

export const JOB_EVENTS = [JOB_STARTED, JOB_RESUMED, JOB_COMPLETED, JOB_FAILED, JOB_CANCELLED] as const;
export type JobEventName = (typeof JOB_EVENTS)[number];
export const EVENT_NAMES = [ASSET_PROCESSED, ...JOB_EVENTS] as const;
export type EventName = (typeof EVENT_NAMES)[number];

interface EventOf<Name extends EventName> {
  /** UUID. The same at every delivery of the event: to tell repetitions by. */
  id: string;
  name: Name;
  /** ISO 8601, UTC, by the clock of the process that did the work. */
  occurredAt: string;
  processingId: string;
}

/** The result of one asset is committed. */
export interface AssetProcessedEvent extends EventOf<typeof ASSET_PROCESSED> {
  path: string;
  /** CREATE: its first result. MODIFY: it replaced an earlier one. */
  eventType: 'CREATE' | 'MODIFY';
  status: AssetOutcome;
  /** Only with FAILED; at most 1,000 characters. */
  errorMsg?: string;
  /** `GUID-…`; null where nothing could be stored of an asset that was never processed before. */
  uuid: string | null;
}

/**
 * The state of a job changed. Each time a job runs it has exactly one final event (completed, failed or cancelled); one that is
 * resumed runs again.
 */
export interface JobEvent extends EventOf<JobEventName> {
  type: string;
  path: string;
  status: JobStatus;
  dryRun: boolean;
  createdBy: string;
  /** As committed by then. */
  counts: JobCounts;
  comments: string;
}

export type ProcessingEvent = AssetProcessedEvent | JobEvent;

/** An event before it has an identity. */
export type NewEvent = Omit<AssetProcessedEvent, 'id' | 'occurredAt'> | Omit<JobEvent, 'id' | 'occurredAt'>;

/** Announces what is committed, and only that (processing.md, rule 1). */
export interface EventPublisher {
  /** False: nobody listens to events of this name, so they need not be made. */
  isHeard(name: EventName): boolean;
  /** Writes the events into the outbox by the transaction whose outcome they tell; what is rolled back is never announced. */
  stage(events: readonly NewEvent[], tx: Tx): Promise<void>;
}

/** Where nobody listens. */
export const NO_LISTENERS: EventPublisher = { isHeard: () => false, stage: () => Promise.resolve() };

/** What the order of delivery is kept of: events of one asset, or of one job. */
export function orderKeyOf(event: ProcessingEvent): string {
  return event.name === ASSET_PROCESSED ? event.path : event.processingId;
}
