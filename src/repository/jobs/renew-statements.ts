import { BATCH } from './batch-state.js';

/**
 * Prolong one claim; each takes (leaseMs, owner, token). Run by the heartbeat's own connection. By token and not by owner
 * alone: a claim that nobody holds any more, because giving it back failed, must run out.
 */
export function renewStatements(now: string): string[] {
  return [
    `UPDATE guides_job_batch SET lease_until = ${now} + ? WHERE lease_owner = ? AND lease_token = ? AND state = ${BATCH.CLAIMED}`,
    `UPDATE guides_job_step SET lease_until = ${now} + ? WHERE lease_owner = ? AND lease_token = ?`,
  ];
}
