import { InvalidRequestError } from '../../contracts/errors.js';
import { ASSET_PROCESSING, type Job } from '../../contracts/job.js';
import type { JobType } from '../../contracts/job-type.js';
import type { AssetBatchRunner } from './asset-batch.runner.js';

/** Who works on the batches of a job: processing itself, or what the host does in a type of job of its own. */
export class RunnersByType {
  private readonly ofHost = new Map<string, AssetBatchRunner>();

  constructor(
    private readonly processing: AssetBatchRunner,
    private readonly hostTypes: () => readonly JobType[],
    private readonly runnerOf: (type: JobType) => AssetBatchRunner,
  ) {}

  /** @throws InvalidRequestError for a type that this process does not have: another version of the host started the job. */
  of(job: Pick<Job, 'type'>): AssetBatchRunner {
    if (job.type === ASSET_PROCESSING) return this.processing;
    const known = this.ofHost.get(job.type);
    if (known) return known;
    const type = this.hostTypes().find(({ name }) => name === job.type);
    if (!type) throw new InvalidRequestError(`This service has no job type ${job.type}.`);
    const runner = this.runnerOf(type);
    this.ofHost.set(job.type, runner);
    return runner;
  }
}
