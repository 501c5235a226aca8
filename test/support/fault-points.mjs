import { writeSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

// Loaded before the service (`node --import`), in tests alone: at a named point of the engine the process sends itself a signal.
// GUIDES_TEST_FAULT is `point:nth:signal`, e.g. `before-commit:3:SIGKILL`; GUIDES_TEST_DIST the folder of the build.

const [point, nth, signal] = (process.env.GUIDES_TEST_FAULT ?? '').split(':');
let passed = 0;

function at(name) {
  if (name !== point || ++passed !== Number(nth)) return;
  writeSync(2, `${signal} at ${name}\n`);
  process.kill(process.pid, signal);
}

async function load(path) {
  return import(`${process.env.GUIDES_TEST_DIST}/${path}`);
}

/** Puts `after` behind a method of all instances; it gets the result, then the parameters. */
function after(type, method, act) {
  const original = type.prototype[method];
  type.prototype[method] = async function (...parameters) {
    const result = await original.apply(this, parameters);
    act(result, ...parameters);
    return result;
  };
}

async function install() {
  const { JobPlanStore } = await load('repository/jobs/job-plan.store.js');
  const { JobBatchStore } = await load('repository/jobs/job-batch.store.js');
  const { JobControlStore } = await load('repository/jobs/job-control.store.js');
  const { AssetLoader } = await load('modules/processing/asset-loader.js');
  const { Database } = await load('repository/unit-of-work/database.js');

  after(JobPlanStore, 'save', () => at('planned'));
  after(JobBatchStore, 'claim', (claim) => claim && at('claimed'));
  after(AssetLoader, 'process', () => at('processed'));
  after(JobControlStore, 'isComplete', (isComplete) => isComplete && at('before-completion'));

  // Transactions whose batch is done when they are committed.
  const done = new WeakSet();
  after(JobBatchStore, 'commit', (_, claim, outcome, tx) => done.add(tx.executor.runner));
  const { commit } = Database.prototype;
  Database.prototype.commit = async function (runner) {
    const isBatch = done.delete(runner);
    if (isBatch) at('before-commit');
    await commit.call(this, runner);
    if (isBatch) at('after-commit');
  };
}

if (isMainThread && point) await install();
