import { randomUUID } from 'node:crypto';
import type { AssetStatusApi, StatusJob, StatusPage, StatusQuestion } from '../../src/contracts/asset-status.js';
import { UnknownJobError } from '../../src/contracts/errors.js';

/** Questions in memory, about a repository without assets. */
export class AssetStatusFake implements AssetStatusApi {
  private readonly questions = new Map<string, StatusJob>();

  ask(question: StatusQuestion, createdBy: string): Promise<{ jobId: string }> {
    const jobId = randomUUID();
    this.questions.set(jobId, { ...question, jobId, createdBy, createdAtMs: Date.now() });
    return Promise.resolve({ jobId });
  }

  find(jobId: string): Promise<StatusJob> {
    const job = this.questions.get(jobId);
    return job ? Promise.resolve(job) : Promise.reject(new UnknownJobError(jobId, 'jobId'));
  }

  page({ paths }: StatusJob): Promise<StatusPage> {
    return Promise.resolve({ assets: paths.map((path) => ({ path, uuid: '', status: 'PENDING', exists: false })), hasMore: false });
  }
}
