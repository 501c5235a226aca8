import { BATCH } from './batch-state.js';

/** Prolong the leases of an owner; each takes (leaseMs, owner). Run by the heartbeat's own connection too. */
export function renewStatements(now: string): string[] {
  return [
    `UPDATE guides_job_batch SET lease_until = ${now} + ? WHERE lease_owner = ? AND state = ${BATCH.CLAIMED}`,
    `UPDATE guides_job_step SET lease_until = ${now} + ? WHERE lease_owner = ?`,
  ];
}
