import { dataViolations } from '../data-violations.js';
import type { EngineModel, RealEngine } from './engine-model.js';
import { ROOT, succeeds, textOf } from './model-content.js';
import { ModelSteps } from './model-steps.js';
import { storedFindings } from './stored-findings.js';
import type { UndisturbedRun } from './undisturbed-run.js';

/** Lets everything come to its end, processes first what is left and then all once more, and each time reads what stands in the database. */
export async function finish(model: EngineModel, real: RealEngine, databaseUrl: string, isResumed: boolean, undisturbed: UndisturbedRun): Promise<void> {
  const steps = new ModelSteps(model, real);
  const { tree, jobs } = model;
  await steps.observe();
  for (const job of isResumed ? jobs.all : []) if (job.status === 'CANCELLED') await steps.resume(job);
  await steps.ended();

  const texts = new Map([...tree.assets].map(([path, { content }]) => [path, textOf(content)]));
  expect(sorted(await real.editor.texts(ROOT))).toEqual(sorted(texts));
  const due = await undisturbed.findings(texts);
  const checkData = async (): Promise<void> => {
    const replacedContent = [...tree.everUsed].map(textOf);
    expect(await dataViolations(databaseUrl, { isSettled: true, isOutboxWhole: true, replacedContent })).toEqual([]);
    expect(await storedFindings(databaseUrl, ROOT)).toEqual(due);
    expect([...(await real.editor.records()).keys()].sort()).toEqual([...tree.assets.keys()].sort());
    expect([...tree.assets].filter(([, { guid }]) => guid === null)).toEqual([]);
  };

  // What was left undone is found by a run for what is new, and is all that is missing.
  await steps.tick(true);
  await steps.ended();
  await checkData();

  await steps.processed(ROOT);
  const last = jobs.all.at(-1);
  expect(last).toMatchObject({ path: ROOT, isFiltered: false, status: 'SUCCESS', isAlone: true });
  expect([...(last?.steady.keys() ?? [])].sort()).toEqual([...tree.assets.keys()].sort());
  expect([...tree.assets].filter(([, { isProcessed, content }]) => isProcessed !== (succeeds(content) ? 'yes' : 'no'))).toEqual([]);
  await checkData();
}

function sorted(texts: ReadonlyMap<string, string>): [string, string][] {
  return [...texts].sort(([a], [b]) => (a < b ? -1 : 1));
}
