import { ASSET_PROCESSING, type JobStatus } from '../../../src/contracts/job.js';
import { untilTrue } from '../cluster.js';
import type { EngineModel, RealEngine } from './engine-model.js';
import { ROOT } from './model-content.js';
import type { Answer } from './model-engine.js';
import { isActive, type ModelJob } from './model-jobs.js';
import { observe, seenJobs } from './model-observation.js';

/** Requests, each with the answers that the model allows; whatever happens meanwhile, no other may come. */
export class ModelSteps {
  constructor(
    private readonly model: EngineModel,
    private readonly real: RealEngine,
  ) {}

  async start(path: string): Promise<void> {
    const answer = await this.real.engine.ask('/assets/process', { path, type: ASSET_PROCESSING });
    this.started(path, false, answer);
    await this.observe();
  }

  /** Starts a job that nothing is in the way of, and waits for its end. */
  async processed(path: string): Promise<void> {
    await this.start(path);
    await this.ended(this.model.jobs.all.at(-1));
  }

  async cancel(job: ModelJob): Promise<void> {
    const answer = await this.real.engine.ask(`/assets/process/cancel?processingId=${job.id}`, {});
    if (answer.status === 200) {
      expect([isActive(job), job.isOver, answer.body.status]).toEqual([true, false, 'CANCELLED']);
      job.status = 'CANCELLED';
    } else {
      const refused = this.refusedAs(answer, 'cancelled');
      expect(isActive(job) ? ['SUCCESS', 'FAILED'] : [job.status]).toContain(refused);
      job.isOver = true;
    }
    await this.observe();
  }

  async resume(job: ModelJob): Promise<void> {
    const answer = await this.real.engine.ask(`/assets/process/resume?processingId=${job.id}`, {});
    const rival = this.model.jobs.activeAt(job.path);
    if (answer.status === 200) {
      // One that was active may have failed meanwhile.
      expect(['CANCELLED', 'FAILED', 'IN_PROGRESS', 'WAITING']).toContain(job.status);
      if (rival && rival !== job) rival.isOver = true;
      this.model.resume(job);
    } else if (answer.body.processingId !== undefined) {
      this.refusedFor(answer, job.path, rival);
      expect(rival).not.toBe(job);
    } else {
      const refused = this.refusedAs(answer, 'resumed');
      expect(isActive(job) ? ['WAITING', 'IN_PROGRESS', 'SUCCESS'] : ['SUCCESS']).toContain(refused);
      if (refused === 'SUCCESS') job.isOver = true;
    }
    await this.observe();
  }

  async restart(job: ModelJob): Promise<void> {
    const answer = await this.real.engine.ask(`/assets/process/restart?processingId=${job.id}`, {});
    if (isActive(job) && !job.isOver && answer.status !== 200 && /cannot be restarted/.test(String(answer.body.message))) {
      expect(['WAITING', 'IN_PROGRESS']).toContain(this.refusedAs(answer, 'restarted'));
    } else {
      // Active when it was last seen: then it has ended since, and the answer is that of any start.
      if (isActive(job)) job.isOver = true;
      this.started(job.path, job.isFiltered, answer);
    }
    await this.observe();
  }

  /** @param isNew else a clock that was set back comes to the last slot again */
  async tick(isNew: boolean): Promise<void> {
    const { jobs } = this.model;
    if (isNew) this.model.slot++;
    await this.real.editor.tick(ROOT, this.model.slot);
    const added = (await seenJobs(this.real)).filter(({ processingId }) => !jobs.byId(processingId));
    const rival = jobs.activeAt(ROOT);
    // One that was active when it was last seen may have ended.
    expect(!isNew ? [0] : rival ? [0, 1] : [1]).toContain(added.length);
    for (const { processingId, createdBy } of added) {
      expect(createdBy).toBe('System');
      if (rival) rival.isOver = true;
      this.model.begin(processingId, ROOT, true);
    }
    await this.observe();
  }

  /** Lets go what is held, and waits until the job, or every job, is not active any more. */
  async ended(job?: ModelJob): Promise<void> {
    this.real.engine.letGo?.();
    const isAwaited = job ? (id: string) => id === job.id : () => true;
    await untilTrue(`the end of ${job ? `job ${job.number}` : 'all jobs'} ${this.real.engine.complaints}`, async () =>
      (await seenJobs(this.real)).every((view) => !isAwaited(view.processingId) || !isActive(view)),
    );
    await this.observe();
  }

  /** Lets go what is held, and waits until the job has done so many assets, or ended. */
  async progressed(job: ModelJob, assets: number): Promise<void> {
    this.real.engine.letGo?.();
    await untilTrue(`${assets} assets of job ${job.number} ${this.real.engine.complaints}`, async () =>
      (await seenJobs(this.real)).some((view) => view.processingId === job.id && (!isActive(view) || view.triggeredCount >= assets)),
    );
    await this.observe();
  }

  observe(): Promise<void> {
    return observe(this.model, this.real);
  }

  private started(path: string, isFiltered: boolean, answer: Answer): void {
    if (this.model.tree.kindOf(path) === null) {
      expect(answer).toMatchObject({ status: 400, body: { message: `The path ${path} does not exist.` } });
      return;
    }
    const rival = this.model.jobs.activeAt(path);
    if (answer.status !== 200) return this.refusedFor(answer, path, rival);
    if (rival) rival.isOver = true;
    this.model.begin(String(answer.body.processingId), path, isFiltered);
  }

  /** Refused because of a job that is active: that one, and by name. */
  private refusedFor(answer: Answer, path: string, rival: ModelJob | undefined): void {
    const id = rival?.id ?? 'none, it must start';
    expect(answer).toMatchObject({ status: 400, body: { processingId: id, message: `A job of this type is already active for ${path}: ${id}.` } });
  }

  /** Refused because of its own status: that one. */
  private refusedAs({ status, body }: Answer, what: string): JobStatus {
    const [, word] = new RegExp(`^A job that is (\\w+) cannot be ${what}\\.$`).exec(String(body.message)) ?? [];
    if (status !== 400 || word === undefined) throw new Error(`This is no refusal of what cannot be ${what}: ${status} ${JSON.stringify(body)}`);
    return word as JobStatus;
  }
}
