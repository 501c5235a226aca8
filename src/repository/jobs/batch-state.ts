/** States of a batch. COUNTED: planned by a dry run, never to be worked on. */
export const BATCH = { PENDING: 0, CLAIMED: 1, DONE: 2, COUNTED: 3 } as const;
