import { isWithin } from '../../../src/contracts/key-range.js';
import type { ContentEditor } from './model-content-editor.js';
import { succeeds } from './model-content.js';
import type { ModelEngine } from './model-engine.js';
import { type ModelJob, ModelJobs } from './model-jobs.js';
import { ModelTree } from './model-tree.js';

/** What the commands act on. */
export interface RealEngine {
  engine: ModelEngine;
  editor: ContentEditor;
}

/** What must be so: the simple side of the comparison. */
export class EngineModel {
  readonly jobs = new ModelJobs();
  readonly tree = new ModelTree(this.jobs);
  /** The last tick of the schedule. */
  slot = 0;
  commandsRun = 0;
  /** Of these, how many came while a job was active when it was last looked at. */
  commandsWhileJobsRan = 0;

  /** A command comes. */
  count(): void {
    this.commandsRun++;
    if (this.jobs.active.length > 0) this.commandsWhileJobsRan++;
  }

  begin(id: string, path: string, isFiltered: boolean): ModelJob {
    const below = this.tree.below(path);
    const steady = new Map(below.map((asset) => [asset, this.tree.assets.get(asset)?.content ?? null]));
    const which = (isProcessed: string): Set<string> => new Set(below.filter((asset) => this.tree.assets.get(asset)?.isProcessed === isProcessed));
    const [due, done] = [which('no'), which('yes')];
    this.tree.begin(below);
    return this.jobs.add({ id, path, isFiltered, steady, due, done });
  }

  /** It runs again; what came to it while it stood still it may process too. */
  resume(job: ModelJob): void {
    job.status = 'WAITING';
    job.isOver = false;
    job.isAlone = false;
    this.jobs.meet(job);
    this.tree.begin([...job.possible].filter((path) => isWithin(path, job.path)));
  }

  /** The job ended, and these were in it. */
  end(job: ModelJob): void {
    for (const [path, content] of job.steady) {
      const asset = this.tree.assets.get(path);
      if (!asset || content === null || asset.content !== content) continue;
      // What failed is tried again by every run.
      asset.isProcessed = succeeds(content) ? 'yes' : 'no';
    }
  }
}
