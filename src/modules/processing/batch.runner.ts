import { Logger } from '@nestjs/common';
import { GuidesError, LeaseLostError } from '../../contracts/errors.js';
import type { BatchClaim, BatchId, ClaimedJob, JobStore, PlanClaim } from '../../contracts/job.js';
import type { ProcessingSettings } from '../../contracts/settings.js';
import type { AssetBatchRunner } from './asset-batch.runner.js';
import type { AssetSelection } from './asset-selection.js';
import type { ReferencePhase } from './reference.phase.js';

/** Claims that are held: their leases are prolonged until they are dropped. */
export interface HeldClaims {
  hold(claim: BatchClaim | PlanClaim): void;
  drop(claim: BatchClaim | PlanClaim): void;
}

/** Takes one batch from claim to commit, whatever its step, and deals with what goes wrong. */
export class BatchRunner {
  private readonly logger = new Logger('BatchRunner');

  constructor(
    private readonly jobs: JobStore,
    private readonly assetsOf: (job: ClaimedJob) => AssetBatchRunner,
    private readonly references: ReferencePhase,
    private readonly selectionOf: (job: ClaimedJob) => AssetSelection,
    private readonly held: HeldClaims,
    private readonly owner: string,
    private readonly settings: Pick<ProcessingSettings, 'leaseMs' | 'maxAttempts' | 'retryDelayMs'>,
  ) {}

  /** Never rejects. True when the batch was ours to run. */
  async run(id: BatchId, signal: AbortSignal): Promise<boolean> {
    try {
      const claim = await this.jobs.claimBatch(id, this.owner, this.settings.leaseMs);
      if (!claim) return false;
      // Even when it cannot be given back: then its lease runs out.
      this.held.hold(claim);
      await this.runClaimed(claim, signal).finally(() => this.held.drop(claim));
      return true;
    } catch (error) {
      // The database is away: the sweep offers the batch again when it is back.
      this.logger.warn(`Batch ${id.number} of ${id.processingId}: ${message(error)}`);
      return false;
    }
  }

  private async runClaimed(claim: BatchClaim, signal: AbortSignal): Promise<void> {
    try {
      if (claim.step === 'resolve') await this.references.run(claim);
      else await this.assetsOf(claim.job).run(claim, this.selectionOf(claim.job), signal);
    } catch (error) {
      if (error instanceof LeaseLostError) return;
      if (signal.aborted) await this.jobs.releaseBatch(claim, 0);
      else await this.retryLater(claim, error);
    }
  }

  private async retryLater(claim: BatchClaim, error: unknown): Promise<void> {
    const name = `Batch ${claim.number} (${claim.step}) of ${claim.processingId}`;
    if (claim.attempt >= this.settings.maxAttempts) {
      this.logger.error(`${name} failed ${claim.attempt} times: ${message(error)}`, stack(error));
      const reason = error instanceof GuidesError ? error.message : 'A batch could not be committed; the log of the service says why.';
      await this.jobs.fail(claim.processingId, claim.epoch, `${reason} Given up after ${claim.attempt} tries.`);
      return;
    }
    this.logger.warn(`${name} will be tried again: ${message(error)}`, stack(error));
    // At least 1: with 0 it would count as given back unharmed.
    await this.jobs.releaseBatch(claim, Math.max(1, this.settings.retryDelayMs) * 2 ** (claim.attempt - 1));
  }
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function stack(error: unknown): string | undefined {
  return error instanceof GuidesError || !(error instanceof Error) ? undefined : error.stack;
}
