import { Worker } from 'node:worker_threads';
import type { BatchClaim, PlanClaim } from '../../contracts/job.js';
import { heldClaim, type HeldClaim } from './held-claim.js';

/** Renewals in the life of a lease: two may be lost before it ends. */
const BEATS_PER_LEASE = 3;

/** What the thread gets to know. */
export interface HeartbeatOrder {
  databaseUrl: string;
  tablePrefix: string;
  leaseMs: number;
  intervalMs: number;
  /** Held when the thread starts. */
  held: HeldClaim[];
}

/** What the thread is told later: a claim that is held from now on, or the token of one that no longer is. */
export interface HeartbeatChange {
  hold?: HeldClaim;
  drop?: string;
}

/**
 * Prolongs this process's leases from a thread with a connection of its own, so that neither a long statement nor a
 * busy event loop lets them run out (processing.md, rule 3). Stopped with the process, by SIGSTOP or kill alike.
 */
export class LeaseHeartbeat {
  private worker: Worker | null = null;
  /** By token. */
  private readonly held = new Map<string, HeldClaim>();

  constructor(
    private readonly databaseUrl: string,
    private readonly tablePrefix: string,
    private readonly workerFile: URL,
  ) {}

  start(leaseMs: number): void {
    const order: HeartbeatOrder = {
      databaseUrl: this.databaseUrl,
      tablePrefix: this.tablePrefix,
      leaseMs,
      intervalMs: Math.max(50, Math.floor(leaseMs / BEATS_PER_LEASE)),
      held: [...this.held.values()],
    };
    const worker = new Worker(this.workerFile, { workerData: order });
    worker.unref();
    // A thread that dies is replaced; until then leases hold for what is left of them.
    worker.once('error', () => {
      if (this.worker === worker) setTimeout(() => this.start(leaseMs), order.intervalMs).unref();
    });
    this.worker = worker;
  }

  /** Prolongs this claim from now on; a claim that is not held runs out. */
  hold(claim: BatchClaim | PlanClaim): void {
    const held = heldClaim(claim);
    this.held.set(claim.token, held);
    this.tell({ hold: held });
  }

  drop({ token }: BatchClaim | PlanClaim): void {
    this.held.delete(token);
    this.tell({ drop: token });
  }

  async stop(): Promise<void> {
    const { worker } = this;
    this.worker = null;
    await worker?.terminate();
  }

  private tell(change: HeartbeatChange): void {
    this.worker?.postMessage(change);
  }
}
