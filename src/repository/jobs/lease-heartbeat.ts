import { Worker } from 'node:worker_threads';

/** Renewals in the life of a lease: two may be lost before it ends. */
const BEATS_PER_LEASE = 3;

/** What the thread gets to know. */
export interface HeartbeatOrder {
  databaseUrl: string;
  tablePrefix: string;
  owner: string;
  leaseMs: number;
  intervalMs: number;
  /** Tokens of the claims held when the thread starts. */
  held: string[];
}

/** What the thread is told later: the token of a claim that is held from now on, or no longer. */
export interface HeartbeatChange {
  hold?: string;
  drop?: string;
}

/**
 * Prolongs this process's leases from a thread with a connection of its own, so that neither a long statement nor a
 * busy event loop lets them run out (processing.md, rule 3). Stopped with the process, by SIGSTOP or kill alike.
 */
export class LeaseHeartbeat {
  private worker: Worker | null = null;
  private readonly held = new Set<string>();

  constructor(
    private readonly databaseUrl: string,
    private readonly tablePrefix: string,
    private readonly workerFile: URL,
  ) {}

  start(owner: string, leaseMs: number): void {
    const order: HeartbeatOrder = {
      databaseUrl: this.databaseUrl,
      tablePrefix: this.tablePrefix,
      owner,
      leaseMs,
      intervalMs: Math.max(50, Math.floor(leaseMs / BEATS_PER_LEASE)),
      held: [...this.held],
    };
    const worker = new Worker(this.workerFile, { workerData: order });
    worker.unref();
    // A thread that dies is replaced; until then leases hold for what is left of them.
    worker.once('error', () => {
      if (this.worker === worker) setTimeout(() => this.start(owner, leaseMs), order.intervalMs).unref();
    });
    this.worker = worker;
  }

  /** Prolongs this claim from now on; a claim that is not held runs out. */
  hold(token: string): void {
    this.held.add(token);
    this.tell({ hold: token });
  }

  drop(token: string): void {
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
