import { isWithin } from '../../../src/contracts/key-range.js';
import type { JobStatus } from '../../../src/contracts/job.js';
import type { TreeListener } from './model-tree.js';

/** A job as it was last seen; one that was active then may have ended since. */
export interface ModelJob {
  readonly number: number;
  readonly id: string;
  readonly path: string;
  /** Leaves out what is processed and unchanged. */
  readonly isFiltered: boolean;
  status: JobStatus;
  /** An answer told that it is not active any more. */
  isOver: boolean;
  /** Nothing else that covers some of its assets has been active since it began. */
  isAlone: boolean;
  /** What stood below its path from its start to now, with the content that it had all the time, null where that changed. */
  readonly steady: Map<string, number | null>;
  /** What stood there at some time. */
  readonly possible: Set<string>;
  /** A run for what is new must have done these, and left out those. */
  readonly due: Set<string>;
  readonly done: Set<string>;
}

export function isActive({ status }: Pick<ModelJob, 'status'>): boolean {
  return status === 'WAITING' || status === 'IN_PROGRESS';
}

/** All jobs that there must be, in the order of their start. */
export class ModelJobs implements TreeListener {
  readonly all: ModelJob[] = [];

  /** The job of a command, which has any number; null while there is none. */
  at(number: number): ModelJob | null {
    return this.all[number % Math.max(1, this.all.length)] ?? null;
  }

  byId(id: string): ModelJob | undefined {
    return this.all.find((job) => job.id === id);
  }

  /** The job that may hold this path. */
  activeAt(path: string): ModelJob | undefined {
    return this.all.find((job) => job.path === path && isActive(job) && !job.isOver);
  }

  get active(): ModelJob[] {
    return this.all.filter((job) => isActive(job) && !job.isOver);
  }

  add(job: Pick<ModelJob, 'id' | 'path' | 'isFiltered' | 'steady' | 'due' | 'done'>): ModelJob {
    const added: ModelJob = { ...job, number: this.all.length, status: 'WAITING', isOver: false, isAlone: true, possible: new Set(job.steady.keys()) };
    this.meet(added);
    this.all.push(added);
    return added;
  }

  /** From now on it runs beside all that are active. */
  meet(job: ModelJob): void {
    for (const other of this.active) {
      if (other === job || !(isWithin(other.path, job.path) || isWithin(job.path, other.path))) continue;
      other.isAlone = false;
      job.isAlone = false;
    }
  }

  added(path: string): boolean {
    for (const job of this.covering(path)) job.possible.add(path);
    return this.mayRunOn(path);
  }

  changed(path: string): boolean {
    for (const job of this.covering(path)) {
      if (job.steady.has(path)) job.steady.set(path, null);
      job.due.delete(path);
      job.done.delete(path);
    }
    return this.mayRunOn(path);
  }

  removed(path: string): void {
    for (const job of this.covering(path)) job.steady.delete(path);
  }

  private covering(path: string): ModelJob[] {
    return this.all.filter((job) => isWithin(path, job.path));
  }

  private mayRunOn(path: string): boolean {
    return this.covering(path).some((job) => isActive(job) && !job.isOver);
  }
}
