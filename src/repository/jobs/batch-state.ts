import type { Dialect } from '../unit-of-work/dialect.js';

/** States of a batch. COUNTED: planned by a dry run, never to be worked on. */
export const BATCH = { PENDING: 0, CLAIMED: 1, DONE: 2, COUNTED: 3 } as const;

/** A batch that is not done: what a job waits for, and what a cancel throws back. */
export const OPEN_STATES = [BATCH.PENDING, BATCH.CLAIMED] as const;

/**
 * The table, read by the index on step and state. MariaDB counts few different states and reads all batches of the job
 * instead: half a million in 0.6 s, where the index finds the due ones in 3 ms.
 */
export function batchesByState(dialect: Dialect, alias = ''): string {
  return `guides_job_batch ${alias}${dialect.forceIndex('guides_job_batch_due')}`;
}

/**
 * Conditions that together mean "of one of these steps, in one of these states". Each names every column of the
 * index before the number, so that its order is that of the index.
 */
export function stepsInStates(steps: readonly number[], states: readonly number[], alias = ''): string[] {
  return steps.flatMap((step) => states.map((state) => `${alias}step = ${step} AND ${alias}state = ${state}`));
}
