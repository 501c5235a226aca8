import type { StatusView } from '../../../src/modules/http/job-view.js';
import { verdictsOf } from '../job-evidence.js';
import type { EngineModel, RealEngine } from './engine-model.js';
import { succeeds } from './model-content.js';
import { isActive, type ModelJob } from './model-jobs.js';

/** Share of failed assets above which a job fails: where none succeeds. */
export const FAILURE_THRESHOLD = 0.99;
const MOST_JOBS = 1000;
const ENDED = ['SUCCESS', 'FAILED'];

/** What is seen after every command: all jobs by HTTP, all records in the database. Brings the model up to date. */
export async function observe(model: EngineModel, real: RealEngine): Promise<void> {
  const views = await seenJobs(real);
  expect(views.map(({ processingId }) => processingId).sort()).toEqual(model.jobs.all.map(({ id }) => id).sort());
  for (const view of views) {
    const job = model.jobs.byId(view.processingId);
    if (job) await look(model, real, job, view);
  }
  await lookAtRecords(model, real);
}

export async function seenJobs(real: RealEngine): Promise<StatusView[]> {
  const { status, body } = await real.engine.ask(`/assets/process/history?limit=${MOST_JOBS}`);
  expect(status).toBe(200);
  return body.executionHistory as StatusView[];
}

async function look(model: EngineModel, real: RealEngine, job: ModelJob, view: StatusView): Promise<void> {
  const name = `job ${job.number}`;
  expect([name, view.path, view.filter.filterProcessedAssets]).toEqual([name, job.path, job.isFiltered]);
  const wasActive = isActive(job);
  const allowed = !wasActive ? [job.status] : job.isOver ? ENDED : [...ENDED, 'IN_PROGRESS', ...(job.status === 'WAITING' ? ['WAITING'] : [])];
  if (!allowed.includes(view.status)) throw new Error(`${name} is ${view.status}; it may be ${allowed.join(', ')}: ${JSON.stringify(view)}`);
  const isOngoing = isActive(view);
  expect([name, view.cancellable, view.restartable, view.resumable]).toEqual([name, isOngoing, !isOngoing, view.status === 'FAILED' || view.status === 'CANCELLED']);
  expect([name, view.triggeredCount]).toEqual([name, view.succeededCount + view.failedCount + view.skippedCount]);
  job.status = view.status;
  if (wasActive && ENDED.includes(view.status)) await lookAtEnd(model, real, job, view);
}

async function lookAtEnd(model: EngineModel, real: RealEngine, job: ModelJob, view: StatusView): Promise<void> {
  const name = `job ${job.number}`;
  const total = view.migrationSet.totalFiles;
  expect([name, view.migrationSet.calculationStatus, view.triggeredCount]).toEqual([name, 'SUCCESS', total]);
  const isTooMuch = total > 0 && view.failedCount / total > FAILURE_THRESHOLD;
  expect([name, view.status, view.comments]).toEqual([name, isTooMuch ? 'FAILED' : 'SUCCESS', view.comments]);
  const verdicts = verdictsOf(await real.editor.log(job.id));
  const wrong = [...wronglyLogged(job, verdicts), ...wronglyFiltered(job, verdicts)];
  if (wrong.length > 0) throw new Error(`${name} on ${job.path}: ${wrong.join('; ')}`);
  model.end(job);
}

/** Every asset that was there all the time exactly once, and none that never was; with the verdict that its content must get. */
function wronglyLogged(job: ModelJob, verdicts: ReadonlyMap<string, string[]>): string[] {
  const wrong: string[] = [];
  for (const [path, words] of verdicts) {
    if (!job.possible.has(path)) wrong.push(`${path} was never there and is in the log`);
    const content = job.steady.get(path);
    if (content === undefined || content === null) continue;
    const due = succeeds(content) ? 'SUCCESS' : 'FAILED';
    if (words.join() !== due) wrong.push(`${path} is ${words.join()} and must be ${due}`);
  }
  if (job.isFiltered) return wrong;
  for (const path of job.steady.keys()) if (!verdicts.has(path)) wrong.push(`${path} was there all the time and is not in the log`);
  return wrong;
}

/** A run for what is new does all of it and nothing else; only other jobs can have done it instead. */
function wronglyFiltered(job: ModelJob, verdicts: ReadonlyMap<string, string[]>): string[] {
  if (!job.isFiltered || !job.isAlone) return [];
  const isSteady = (path: string): boolean => job.steady.has(path);
  return [
    ...[...job.due].filter((path) => isSteady(path) && !verdicts.has(path)).map((path) => `${path} was new or had failed and was left out`),
    ...[...job.done].filter((path) => isSteady(path) && verdicts.has(path)).map((path) => `${path} was up to date and was processed again`),
  ];
}

/** A GUID, once given, stays with its asset and is no other's. */
async function lookAtRecords({ tree }: EngineModel, { editor }: RealEngine): Promise<void> {
  const records = await editor.records();
  const owners = new Map<string, string>();
  for (const [path, asset] of tree.assets) {
    const record = records.get(path);
    if (asset.guid === null && record && record.processedAtMs > asset.bornAtMs) asset.guid = record.guid;
    if (asset.guid === null) continue;
    if (record?.guid !== asset.guid) throw new Error(`${path} had ${asset.guid} and has ${record?.guid ?? 'no record'}`);
    if (owners.has(asset.guid)) throw new Error(`${path} and ${owners.get(asset.guid)} have the same ${asset.guid}`);
    owners.set(asset.guid, path);
  }
}
