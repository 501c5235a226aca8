import { dataViolations, graphOf } from '../data-violations.js';
import type { EngineModel, RealEngine } from './engine-model.js';
import { ROOT, succeeds, textOf } from './model-content.js';
import { ModelSteps } from './model-steps.js';
import type { UndisturbedRun } from './undisturbed-run.js';

/** Lets everything come to its end, processes all once more, and reads what then stands in the database. */
export async function finish(model: EngineModel, real: RealEngine, databaseUrl: string, isResumed: boolean, undisturbed: UndisturbedRun): Promise<void> {
  const steps = new ModelSteps(model, real);
  const { tree, jobs } = model;
  await steps.observe();
  for (const job of isResumed ? jobs.all : []) if (job.status === 'CANCELLED') await steps.resume(job);
  await steps.ended();

  await steps.start(ROOT);
  const last = jobs.all.at(-1);
  await steps.ended(last);
  expect(last).toMatchObject({ path: ROOT, isFiltered: false, status: 'SUCCESS', isAlone: true });
  expect([...(last?.steady.keys() ?? [])].sort()).toEqual([...tree.assets.keys()].sort());
  // What is left for it is what fails: the model knows of each asset now.
  expect([...tree.assets].filter(([, { isProcessed, content }]) => isProcessed !== (succeeds(content) ? 'yes' : 'no'))).toEqual([]);
  await steps.tick(true);
  await steps.ended();

  expect([...tree.assets].filter(([, { guid }]) => guid === null)).toEqual([]);
  expect([...(await real.editor.records()).keys()].sort()).toEqual([...tree.assets.keys()].sort());
  const texts = new Map([...tree.assets].map(([path, { content }]) => [path, textOf(content)]));
  expect(sorted(await real.editor.texts(ROOT))).toEqual(sorted(texts));
  const once = [...tree.everUsed].map(textOf);
  expect(await dataViolations(databaseUrl, { isSettled: true, isOutboxWhole: true, replacedContent: once })).toEqual([]);
  expect(await graphOf(databaseUrl)).toEqual(await undisturbed.graph(texts));
}

function sorted(texts: ReadonlyMap<string, string>): [string, string][] {
  return [...texts].sort(([a], [b]) => (a < b ? -1 : 1));
}
