import fc from 'fast-check';
import type { FaultPoint } from '../faulty-service.js';
import type { EngineModel, RealEngine } from './engine-model.js';
import { ASSETS, CONTENTS, FOLDERS, JOB_PATHS, ROOT, shown, textOf } from './model-content.js';
import { HOLDING_PLACES } from './model-engine.js';
import type { ModelJob } from './model-jobs.js';
import { ModelSteps } from './model-steps.js';

export type EngineCommand = fc.AsyncCommand<EngineModel, RealEngine>;

/** A command that needs no more than a name, a condition and what it does. */
class Step implements EngineCommand {
  constructor(
    private readonly name: string,
    private readonly act: (steps: ModelSteps, model: EngineModel, real: RealEngine) => Promise<void>,
    private readonly isPossible: (model: Readonly<EngineModel>) => boolean = () => true,
  ) {}

  check(model: Readonly<EngineModel>): boolean {
    return this.isPossible(model);
  }

  run(model: EngineModel, real: RealEngine): Promise<void> {
    model.count();
    return this.act(new ModelSteps(model, real), model, real);
  }

  toString(): string {
    return this.name;
  }
}

/** A step on a job that there is: the number counts from the oldest, and around. */
class JobStep extends Step {
  constructor(name: string, number: number, act: (steps: ModelSteps, job: ModelJob) => Promise<void>) {
    super(
      `${name}(job ${number})`,
      async (steps, { jobs }) => {
        const job = jobs.at(number);
        if (job) await act(steps, job);
      },
      ({ jobs }) => jobs.all.length > 0,
    );
  }
}

function importOf(files: readonly (readonly [string, number])[]): EngineCommand {
  const name = `import(${files.map(([path, content]) => `${shown(path)}=${content}`).join(', ')})`;
  return new Step(name, async (steps, { tree }, { editor }) => {
    const nowMs = Date.now();
    const texts = new Map(files.map(([path, content]) => [path.slice(ROOT.length + 1), textOf(content)]));
    // A name that comes twice has the last content.
    for (const [path, content] of new Map(files)) tree.put(path, content, nowMs);
    await editor.import(ROOT, texts);
    await steps.observe();
  });
}

function removalOf(path: string): EngineCommand {
  return new Step(`delete(${shown(path)})`, async (steps, { tree }, { editor }) => {
    expect(await editor.remove(path)).toBe(tree.remove(path));
    await steps.observe();
  });
}

function replacementOf(path: string): EngineCommand {
  return new Step(
    `delete and bring back(${shown(path)})`,
    async (steps, { tree }, { editor }) => {
      const content = tree.assets.get(path)?.content ?? 0;
      tree.remove(path);
      expect(await editor.remove(path)).toBe(true);
      tree.put(path, content, Date.now());
      await editor.import(ROOT, new Map([[path.slice(ROOT.length + 1), textOf(content)]]));
      await steps.observe();
    },
    ({ tree }) => tree.assets.has(path),
  );
}

function moveOf(from: string, to: string): EngineCommand {
  return new Step(`move(${shown(from)} -> ${shown(to)})`, async (steps, { tree }, { editor }) => {
    expect(await editor.move(from, to)).toBe(tree.move(from, to));
    await steps.observe();
  });
}

const jobNumber = fc.nat(5);
const path = fc.constantFrom(...JOB_PATHS);
const asset = fc.constantFrom(...ASSETS);
const folder = fc.constantFrom(...FOLDERS);
const onJob = (name: string, act: (steps: ModelSteps, job: ModelJob) => Promise<void>): fc.Arbitrary<EngineCommand> => jobNumber.map((number) => new JobStep(name, number, act));
/** As often as its weight: `fc.commands` takes all with the same chance. */
const times = (weight: number, command: fc.Arbitrary<EngineCommand>): fc.Arbitrary<EngineCommand>[] => Array.from({ length: weight }, () => command);

const START = path.map((at): EngineCommand => new Step(`start(${shown(at)})`, (steps) => steps.start(at)));
const IMPORT = fc.array(fc.tuple(asset, fc.nat(CONTENTS.length - 1)), { minLength: 1, maxLength: 4 }).map(importOf);
const TICK = fc.boolean().map((isNew): EngineCommand => new Step(isNew ? 'tick()' : 'tick(again)', (steps) => steps.tick(isNew), ({ slot }) => isNew || slot > 0));
const WAIT = fc.tuple(jobNumber, fc.nat(12)).map(([number, assets]): EngineCommand => new JobStep(`after ${assets} assets of`, number, (steps, job) => steps.progressed(job, assets)));
const REBOOT = fc.constant<EngineCommand>(new Step('stop and start the service', async (steps, _, { engine }) => {
  await engine.reboot();
  await steps.observe();
}));

const HOLD = fc.constantFrom(...HOLDING_PLACES).map((place): EngineCommand => new Step(`hold(${place})`, async (steps, _, { engine, editor }) => {
  await engine.hold?.(place, () => editor.isQuiet());
  await steps.observe();
}));
const LET_GO = fc.constant<EngineCommand>(new Step('let go', async (steps, _, { engine }) => {
  engine.letGo?.();
  await steps.observe();
}));

const COMMANDS: fc.Arbitrary<EngineCommand>[] = [
  ...times(5, START),
  ...times(3, onJob('cancel', (steps, job) => steps.cancel(job))),
  ...times(3, onJob('resume', (steps, job) => steps.resume(job))),
  ...times(2, onJob('restart', (steps, job) => steps.restart(job))),
  ...times(3, IMPORT),
  ...times(2, asset.map(removalOf)),
  asset.map(replacementOf),
  ...times(2, fc.tuple(asset, asset).map(([from, to]) => moveOf(from, to))),
  ...times(2, fc.tuple(folder, folder).map(([from, to]) => moveOf(from, to))),
  ...times(2, TICK),
  ...times(2, WAIT),
  onJob('wait for the end of', (steps, job) => steps.ended(job)),
];

const KILL = fc.constant<EngineCommand>(new Step('kill', async (steps, _, { engine }) => {
  await engine.kill?.();
  await steps.observe();
}));
const POINTS: readonly FaultPoint[] = ['planned', 'claimed', 'processed', 'before-commit', 'after-commit', 'before-completion'];
const DIE = fc.constantFrom(...POINTS).map((point): EngineCommand =>
  new Step(`kill at ${point}`, async (steps, _, { engine, editor }) => {
    await engine.dieAt?.(point, () => editor.isQuiet());
    await steps.observe();
  }),
);

/** Sequences for an engine in this process; `withKills` for one in a process of its own. */
export function engineCommands(withKills: boolean): fc.Arbitrary<Iterable<EngineCommand>> {
  const interruptions = withKills ? [...times(2, KILL), ...times(2, DIE)] : [REBOOT, ...times(4, HOLD), ...times(2, LET_GO)];
  return fc.commands([...COMMANDS, ...interruptions], { maxCommands: 24, size: 'max' });
}
