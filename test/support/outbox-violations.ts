import { ASSET_PROCESSED, type EventName, JOB_CANCELLED, JOB_COMPLETED, JOB_FAILED, JOB_RESUMED, JOB_STARTED, type ProcessingEvent } from '../../src/contracts/events.js';
import type { SqlExecutor } from '../../src/contracts/unit-of-work.js';
import { verdictsOf } from './job-evidence.js';

/** What a line of a job's log says has happened, and the event that tells it. */
const TOLD: readonly [RegExp, EventName][] = [
  [/^\S+ \S+ (Job|Dry run) finished/, JOB_COMPLETED],
  [/^\S+ \S+ Job failed/, JOB_FAILED],
  [/^\S+ \S+ Job cancelled by /, JOB_CANCELLED],
  [/^\S+ \S+ Job resumed by /, JOB_RESUMED],
];

/** What is known of a job from its row and its log. */
export interface ToldJob {
  /** First work on it was done, if only the beginning of a plan. */
  hasStarted: boolean;
  lines: readonly string[];
}

/**
 * Events in the outbox that do not fit what the jobs and their logs say: none may be there twice, or tell of what did not happen.
 * @param isWhole nothing has been delivered yet, and every receiver wants everything: then none may be missing either
 */
export async function outboxViolations(reader: SqlExecutor, jobs: ReadonlyMap<string, ToldJob>, isWhole: boolean): Promise<string[]> {
  const found: string[] = [];
  const receivers = await waitingEvents(reader);
  if (isWhole && receivers.size === 0) found.push('No receiver has events.');
  for (const [receiver, events] of receivers) {
    const doubled = events.length - new Set(events.map(({ id }) => id)).size;
    if (doubled > 0) found.push(`${doubled} event(s) wait for ${receiver} twice.`);
    const there = counted(events.map(keyOf));
    const due = counted([...jobs].flatMap(([processingId, job]) => toldBy(processingId, job)));
    for (const key of new Set([...there.keys(), ...due.keys()])) {
      const [is, must] = [there.get(key) ?? 0, due.get(key) ?? 0];
      if (is > must || (isWhole && is < must)) found.push(`${receiver} has ${is} event(s) "${key}"; the job says ${must}.`);
    }
  }
  return found;
}

async function waitingEvents(reader: SqlExecutor): Promise<Map<string, ProcessingEvent[]>> {
  const waiting = new Map<string, ProcessingEvent[]>();
  const add = (receiver: string, events: readonly ProcessingEvent[]): void => void waiting.set(receiver, [...(waiting.get(receiver) ?? []), ...events]);
  const portions = await reader.query<{ receiver: string; done: number | string; events: string }>('SELECT receiver, done, events FROM guides_event_portion ORDER BY id');
  for (const { receiver, done, events } of portions) add(receiver, (JSON.parse(events) as ProcessingEvent[]).slice(Number(done)));
  const letters = await reader.query<{ receiver: string; event: string }>('SELECT receiver, event FROM guides_event_letter');
  for (const { receiver, event } of letters) add(receiver, [JSON.parse(event) as ProcessingEvent]);
  return waiting;
}

function toldBy(processingId: string, { hasStarted, lines }: ToldJob): string[] {
  const ofJob = lines.flatMap((line) => TOLD.filter(([pattern]) => pattern.test(line)).map(([, name]) => `${name} ${processingId}`));
  const begun = hasStarted ? [`${JOB_STARTED} ${processingId}`] : [];
  const ofAssets = [...verdictsOf(lines)].flatMap(([path, words]) =>
    words.filter((word) => word !== 'SKIPPED').map((word) => `${ASSET_PROCESSED} ${processingId} ${path} ${word}`),
  );
  return [...ofJob, ...begun, ...ofAssets];
}

function keyOf(event: ProcessingEvent): string {
  const key = `${event.name} ${event.processingId}`;
  return event.name === ASSET_PROCESSED ? `${key} ${event.path} ${event.status}` : key;
}

function counted(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}
