import { Logger } from '@nestjs/common';
import { LeaseLostError } from '../../contracts/errors.js';
import type { BatchId, ClaimedJob, JobStore, PlanClaim } from '../../contracts/job.js';
import type { ProcessingSettings } from '../../contracts/settings.js';
import type { WorkQueue } from '../../contracts/work-queue.js';
import type { AssetSelection } from './asset-selection.js';
import type { BatchRunner, HeldClaims } from './batch.runner.js';
import { isDeadOwner } from './owner.js';
import type { Planner } from './planner.js';
import type { ReferencePhase } from './reference.phase.js';
import type { Work } from './work-calls.js';

/** Batches offered by one sweep. */
const OFFERED_PER_SWEEP = 200;
/** While so many batches wait, the end of one is no reason to look for work at once. */
const MANY_DUE = 20;
/** Between two looks for that reason then. */
const PAUSE_MS = 250;

/** Prolongs this process's leases, whatever the event loop is doing. */
export interface Heartbeat extends HeldClaims {
  start(leaseMs: number): void;
  stop(): Promise<void>;
}

/** Planning that failed: how often in a row, and when (epoch ms) it may be tried again. */
interface PlanRetry {
  failures: number;
  notBeforeMs: number;
}

/**
 * Keeps every active job going: plans what is to be planned, offers what is due, ends what is complete. It looks at
 * the database on every nudge and every `sweepMs`, so a lost nudge, a crash or another instance's death costs time
 * only (processing.md, rules 2 and 9).
 */
export class Engine implements Work {
  private readonly logger = new Logger('Engine');
  private readonly planning = new Map<string, { abort: AbortController; done: Promise<void> }>();
  private readonly planRetries = new Map<string, PlanRetry>();
  private timer: NodeJS.Timeout | null = null;
  private pause: NodeJS.Timeout | null = null;
  private endedInPause = false;
  private sweeping: Promise<void> | null = null;
  private nudges = 0;
  private stopped = true;

  constructor(
    private readonly jobs: JobStore,
    private readonly queue: WorkQueue,
    private readonly planner: Planner,
    private readonly references: ReferencePhase,
    private readonly runner: BatchRunner,
    private readonly selectionOf: (job: ClaimedJob) => AssetSelection,
    private readonly heartbeat: Heartbeat,
    private readonly owner: string,
    private readonly settings: Pick<
      ProcessingSettings,
      'leaseMs' | 'sweepMs' | 'drainMs' | 'failureThreshold' | 'maxAttempts' | 'retryDelayMs'
    >,
  ) {}

  async start(): Promise<void> {
    this.stopped = false;
    this.heartbeat.start(this.settings.leaseMs);
    const freed = await this.jobs.expireOwners((owner) => isDeadOwner(owner, this.owner));
    if (freed > 0) this.logger.log(`Taking up ${freed} piece(s) of work that a process which ended had begun.`);
    const run = async (batch: BatchId, signal: AbortSignal): Promise<void> => {
      if (await this.runner.run(batch, signal)) this.nudgeAfterPause();
    };
    await this.queue.consume(run, () => this.nudge());
    this.timer = setInterval(() => this.nudge(), this.settings.sweepMs);
    this.nudge();
  }

  announce(): void {
    this.nudge();
    this.queue.announce();
  }

  /** Looks for work soon; many nudges make one sweep. */
  nudge(): void {
    void this.sweep();
  }

  /** What this process is doing for the job is thrown away. */
  abandon(processingId: string): void {
    this.planning.get(processingId)?.abort.abort();
    this.queue.abort(processingId);
  }

  /** Lets commits in flight end, gives the rest back (processing.md, rule 10). */
  async stop(): Promise<void> {
    this.stopped = true;
    if (this.timer) clearInterval(this.timer);
    const drained = this.queue.drain(this.settings.drainMs);
    // It may just be taking up a plan, which must be given back as well.
    await this.sweeping;
    if (this.pause) clearTimeout(this.pause);
    for (const { abort } of this.planning.values()) abort.abort();
    await drained;
    await Promise.all([...this.planning.values()].map(({ done }) => done));
    await this.heartbeat.stop();
  }

  /** A batch ended: its job may be complete, or its next step due. */
  private nudgeAfterPause(): void {
    if (this.pause) this.endedInPause = true;
    else this.nudge();
  }

  private pauseNudges(): void {
    if (this.pause) return;
    this.endedInPause = false;
    this.pause = setTimeout(() => {
      this.pause = null;
      if (this.endedInPause) this.nudge();
    }, PAUSE_MS);
  }

  private async sweep(): Promise<void> {
    if (this.stopped) return;
    if (this.sweeping) {
      this.nudges++;
      return;
    }
    this.sweeping = this.sweepUntilQuiet();
    await this.sweeping;
  }

  private async sweepUntilQuiet(): Promise<void> {
    try {
      let seen: number;
      do {
        seen = this.nudges;
        await this.sweepOnce();
      } while (seen !== this.nudges);
    } catch (error) {
      this.logger.warn(`Looking for work failed and will be tried again: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      this.sweeping = null;
    }
  }

  private async sweepOnce(): Promise<void> {
    for (const processingId of await this.jobs.activeJobs()) {
      if (this.stopped) return;
      if (await this.jobs.settle(processingId, this.settings.failureThreshold)) continue;
      await this.planIfDue(processingId);
    }
    if (this.stopped) return;
    const due = await this.jobs.dueBatches(OFFERED_PER_SWEEP);
    if (due.length >= MANY_DUE) this.pauseNudges();
    await this.queue.offer(due);
  }

  private async planIfDue(processingId: string): Promise<void> {
    if (this.planning.has(processingId) || (this.planRetries.get(processingId)?.notBeforeMs ?? 0) > Date.now()) return;
    const claim = await this.jobs.claimPlan(processingId, this.owner, this.settings.leaseMs);
    if (!claim) return;
    const abort = new AbortController();
    const done = this.plan(claim, abort.signal).finally(() => {
      this.planning.delete(processingId);
      this.nudge();
    });
    this.planning.set(processingId, { abort, done });
  }

  private async plan(claim: PlanClaim, signal: AbortSignal): Promise<void> {
    try {
      this.heartbeat.hold(claim);
      if (claim.step === 'resolve') await this.references.plan(claim, this.selectionOf(claim.job).ranges, signal);
      else await this.planner.plan(claim, this.selectionOf(claim.job), signal);
      this.planRetries.delete(claim.job.processingId);
    } catch (error) {
      if (error instanceof LeaseLostError) return;
      // The lease runs out by itself.
      await (signal.aborted ? this.jobs.releasePlan(claim) : this.planLater(claim, error)).catch(() => undefined);
    } finally {
      this.heartbeat.drop(claim);
    }
  }

  /** As with batches: later and later, until the job fails. */
  private async planLater(claim: PlanClaim, error: unknown): Promise<void> {
    const { processingId } = claim.job;
    const failures = (this.planRetries.get(processingId)?.failures ?? 0) + 1;
    const reason = error instanceof Error ? error.message : String(error);
    if (failures >= this.settings.maxAttempts) {
      this.logger.error(`Planning of ${processingId} failed ${failures} times: ${reason}`, error instanceof Error ? error.stack : undefined);
      await this.jobs.fail(processingId, claim.epoch, `The job could not be planned: ${reason} Given up after ${failures} tries.`);
      this.planRetries.delete(processingId);
      return;
    }
    this.logger.warn(`Planning of ${processingId} stopped and will be tried again: ${reason}`);
    this.planRetries.set(processingId, { failures, notBeforeMs: Date.now() + this.settings.retryDelayMs * 2 ** (failures - 1) });
    await this.jobs.releasePlan(claim);
  }
}
