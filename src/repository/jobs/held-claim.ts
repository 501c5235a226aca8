import type { BatchClaim, PlanClaim } from '../../contracts/job.js';
import type { Dialect } from '../unit-of-work/dialect.js';
import { BATCH } from './batch-state.js';
import { STEP_NUMBER } from './job-rows.js';

/** A claim as plain data, for another thread: the key of its row, and who holds it. */
export interface HeldClaim {
  processingId: string;
  step: number;
  /** Null: the plan of the step. */
  batch: number | null;
  owner: string;
  /** A claim is renewed by its token, too: one that nobody holds any more, because giving it back failed, must run out. */
  token: string;
}

export function heldClaim(claim: BatchClaim | PlanClaim): HeldClaim {
  const { owner, token } = claim;
  const [processingId, batch] = 'number' in claim ? [claim.processingId, claim.number] : [claim.job.processingId, null];
  return { processingId, step: STEP_NUMBER[claim.step], batch, owner, token };
}

/**
 * The statement that prolongs a claim by `leaseMs` from now. By primary key and by no other index: a commit locks first the row and
 * then the index entry of its owner, and whoever took them the other way round would lose a deadlock against it.
 */
export function renewal({ processingId, step, batch, owner, token }: HeldClaim, leaseMs: number, { nowMs, byPrimaryKey }: Dialect): { sql: string; parameters: (string | number)[] } {
  const set = `${byPrimaryKey} SET lease_until = ${nowMs} + ? WHERE lease_owner = ? AND lease_token = ? AND processing_id = ? AND step = ?`;
  const parameters = [leaseMs, owner, token, processingId, step];
  if (batch === null) return { sql: `UPDATE guides_job_step${set}`, parameters };
  return { sql: `UPDATE guides_job_batch${set} AND number = ? AND state = ${BATCH.CLAIMED}`, parameters: [...parameters, batch] };
}
