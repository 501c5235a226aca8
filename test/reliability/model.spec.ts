import fc from 'fast-check';
import type { GuidesSettings, SettingsOverrides } from '../../src/contracts/settings.js';
import { type DatabaseName, TestDatabase } from '../support/databases.js';
import { EngineModel } from '../support/model/engine-model.js';
import { type EngineCommand, engineCommands } from '../support/model/model-commands.js';
import { ContentEditor } from '../support/model/model-content-editor.js';
import { firstContent, MAX_INLINE_BYTES, ROOT, textOf } from '../support/model/model-content.js';
import { EngineInItsProcess, EngineInProcess, type ModelEngine } from '../support/model/model-engine.js';
import { finish } from '../support/model/model-finale.js';
import { FAILURE_THRESHOLD } from '../support/model/model-observation.js';
import { ModelSteps } from '../support/model/model-steps.js';
import { UndisturbedRun } from '../support/model/undisturbed-run.js';
import { ServiceData } from '../support/service-data.js';

/** Sequences in this process on SQLite; the others are a share of it, as each costs more. The long form has hundreds (npm run test:reliability). */
const RUNS = Number(process.env.MODEL_RUNS ?? 8);
/** The long form draws one. */
const SEED = Number(process.env.MODEL_SEED ?? 20_261_125);

/** Batches of two: many moments for a command to fall into. */
const PROCESSING = { batchSize: 2, concurrency: 2, workerThreads: 1, sweepMs: 20, leaseMs: 2000, retryDelayMs: 1, failureThreshold: FAILURE_THRESHOLD };
/** Nobody listens there: everything that is announced stays in the outbox, where it can be counted. */
const NOBODY = { url: 'http://127.0.0.1:9/', name: 'nobody', secret: 'env:GUIDES_MODEL_SECRET' };
const NEVER_MS = 3_600_000;
const OTHERS: SettingsOverrides = {
  blobs: { maxInlineBytes: MAX_INLINE_BYTES },
  events: { firePostProcessingEvents: true, webhooks: [NOBODY], maxAttempts: 1000, retryDelayMs: NEVER_MS, maxRetryDelayMs: NEVER_MS },
};

/** What is before and after the commands. */
interface Course {
  /** All content has been processed once. */
  isProcessedBefore: boolean;
  /** What was cancelled is resumed in the end. */
  isResumed: boolean;
}

jest.setTimeout(3_600_000);

describe(`an engine is as its model says, whatever comes in whatever order (seed ${SEED})`, () => {
  let untouched: ServiceData;
  let undisturbed: UndisturbedRun;

  beforeAll(async () => {
    process.env.GUIDES_MODEL_SECRET = 'a secret of the tests';
    untouched = ServiceData.create(PROCESSING, OTHERS);
    await importFirst(untouched.settings);
    undisturbed = await UndisturbedRun.open();
  });
  afterAll(async () => {
    await undisturbed.close();
    untouched.remove();
  });

  const variants = [
    ['in this process', 'SQLite', 1],
    ['in a process that is killed', 'SQLite', 0.2],
    ['in this process', 'MariaDB', 0.2],
    ['in a process that is killed', 'MariaDB', 0.05],
  ] as const;

  it.each(variants)('%s, on %s', async (place, database, share) => {
    const withKills = place !== 'in this process';
    const tally = { sequences: 0, commands: 0, whileJobsRan: 0, jobs: 0 };
    await fc.assert(
      fc.asyncProperty(fc.noBias(engineCommands(withKills)), fc.boolean(), fc.boolean(), async (commands, isProcessedBefore, isResumed) => {
        const { jobs, commandsRun, commandsWhileJobsRan } = await runOne(commands, withKills, database, { isProcessedBefore, isResumed });
        tally.sequences++;
        tally.commands += commandsRun;
        tally.whileJobsRan += commandsWhileJobsRan;
        tally.jobs += jobs.all.length;
      }),
      { seed: SEED, numRuns: Math.ceil(RUNS * share) },
    ).finally(() => process.stderr.write(`model ${place} on ${database}, seed ${SEED}: ${JSON.stringify(tally)}\n`));
  });

  /** Each sequence has a database of its own. */
  async function runOne(commands: Iterable<EngineCommand>, withKills: boolean, database: DatabaseName, how: Course): Promise<EngineModel> {
    const data = untouched.copy();
    const server = database === 'MariaDB' ? await TestDatabase.create(database) : null;
    const settings = server ? { ...data.settings, databaseUrl: server.url } : data.settings;
    const environment = server ? { ...data.environment, DATABASE_URL: server.url } : data.environment;
    const open: { close(): Promise<void> }[] = [];
    try {
      if (server) await importFirst(settings);
      const editor = await ContentEditor.open(settings);
      open.push(editor);
      const engine: ModelEngine = withKills ? await EngineInItsProcess.start(environment) : await EngineInProcess.start(settings);
      open.push(engine);
      const model = new EngineModel();
      for (const [path, content] of firstContent()) model.tree.put(path, content, 0);
      const real = { engine, editor };
      if (how.isProcessedBefore) await new ModelSteps(model, real).processed(ROOT);
      await fc.asyncModelRun(() => ({ model, real }), commands);
      await finish(model, real, settings.databaseUrl, how.isResumed, undisturbed);
      return model;
    } finally {
      for (const one of open.reverse()) await one.close();
      await server?.drop();
      data.remove();
    }
  }
});

async function importFirst(settings: GuidesSettings): Promise<void> {
  const editor = await ContentEditor.open(settings);
  try {
    await editor.import(ROOT, new Map([...firstContent()].map(([path, content]) => [path.slice(ROOT.length + 1), textOf(content)])));
  } finally {
    await editor.close();
  }
}
