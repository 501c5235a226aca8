import type { JobType, JobTypeResult } from '../../contracts/job-type.js';
import type { Tx } from '../../contracts/unit-of-work.js';
import type { ProcessedAsset, ResultWriter } from './asset-results.js';

/** Has a host's own type of job write its results; what processing knows of the assets stays as it is. */
export class JobTypeResultWriter implements ResultWriter {
  constructor(private readonly type: Pick<JobType, 'store'>) {}

  async write(assets: readonly ProcessedAsset[], _firstId: number, tx: Tx): Promise<[]> {
    const results = assets.flatMap(({ ref, result: { output } }): JobTypeResult<unknown>[] => (output ? [{ ref, result: output.value }] : []));
    if (results.length > 0) await this.type.store(results, tx);
    return [];
  }
}
