import { Gate, holdFrom, intercept } from '../support/held-calls.js';
import { ImportedTree } from '../support/imported-tree.js';
import { leftovers } from '../support/job-evidence.js';
import type { RunningService } from '../support/running-service.js';
import { sampleTree } from '../support/sample-tree.js';

/** More than two pages of a walk, so that planning takes several steps. */
const ASSETS = 1100;
const BATCH = 50;
const PATH = '/content/dam/t';

type Hold = (service: RunningService, gate: Gate) => void;

/** Where a job is held up while it is cancelled. */
const MOMENTS: [string, Hold][] = [
  ['WAITING', (s, gate) => intercept(s.jobs, 'claimPlan', (go) => gate.pass().then(go))],
  ['planning', (s, gate) => intercept(s.jobs, 'savePlan', holdFrom(2, gate))],
  ['between the end of planning and its mark', (s, gate) => intercept(s.jobs, 'finishPlan', holdFrom(1, gate))],
  ['between batches', (s, gate) => intercept(s.jobs, 'claimBatch', holdFrom(9, gate))],
  ['processing assets', (s, gate) => intercept(s.pipeline, 'run', holdFrom(7, gate))],
  ['about to commit', (s, gate) => intercept(s.records, 'reserveIds', holdFrom(8, gate))],
  ['planning the reference phase', (s, gate) => intercept(s.graph, 'queuedSources', holdFrom(2, gate))],
];

describe('cancel and resume', () => {
  const tree = new ImportedTree(PATH, sampleTree(ASSETS), { batchSize: BATCH });

  it.each(MOMENTS)('a job cancelled while %s commits nothing more, and resumed ends exact', async (_, hold) => {
    const gate = new Gate();
    const service = await tree.open((opened) => hold(opened, gate));
    const processingId = await service.start(PATH);
    await gate.reached;
    const { job } = await service.api.cancel(processingId, 'olga');
    const log = await service.log(processingId);
    expect(job.status).toBe('CANCELLED');
    expect(log.at(-1)).toContain('Job cancelled by olga');

    // Whatever is under way ends, one way or the other, before the service is closed.
    gate.open();
    await tree.close(service);
    const next = await tree.open();
    expect(await next.job(processingId)).toEqual(job);
    expect(await next.log(processingId)).toEqual(log);
    expect(await leftovers(tree.settings.databaseUrl)).toMatchObject({ leasedBatches: 0, leasedSteps: 0 });

    await next.api.resume(processingId, 'olga');
    await tree.expectExact(next, processingId);
  });

  it.each(MOMENTS)('a job cancelled and resumed at once while %s ends exact, whatever was still under way', async (_, hold) => {
    const gate = new Gate();
    const service = await tree.open((opened) => hold(opened, gate));
    const processingId = await service.start(PATH);
    await gate.reached;
    await service.api.cancel(processingId, 'olga');
    await service.api.resume(processingId, 'olga');
    gate.open();
    await tree.expectExact(service, processingId);
  });

  it('a cancel during a commit waits for it and counts it', async () => {
    const gate = new Gate();
    const service = await tree.open((opened) => intercept(opened.jobs, 'commitBatch', holdFrom(5, gate)));
    const processingId = await service.start(PATH);
    await gate.reached;
    const cancelled = service.api.cancel(processingId, 'olga');
    gate.open();
    const { job } = await cancelled;
    // The commit of the other batch in work may have stood in line before the cancel.
    expect([5 * BATCH, 6 * BATCH]).toContain(job.counts.succeeded + job.counts.failed);
    await tree.close(service);
    const next = await tree.open();
    expect(await next.job(processingId)).toEqual(job);
    await next.api.resume(processingId, 'olga');
    await tree.expectExact(next, processingId);
  });
});
