import { Gate, holdFrom, intercept } from '../support/held-calls.js';
import { ImportedTree } from '../support/imported-tree.js';
import { sampleTree } from '../support/sample-tree.js';

const PATH = '/content/dam/t';
const HOUR_MS = 3_600_000;

describe('a clock of the process that jumps in the middle of a job', () => {
  const tree = new ImportedTree(PATH, sampleTree(300), { batchSize: 20 });

  afterEach(() => jest.restoreAllMocks());

  it.each([
    ['back', -HOUR_MS],
    ['forward', HOUR_MS],
  ])('%s an hour changes no count, keeps no lease, and tells no time below 0', async (_where, jumpMs) => {
    const gate = new Gate();
    const service = await tree.open((opened) => intercept(opened.jobs, 'claimBatch', holdFrom(6, gate)));
    const processingId = await service.start(PATH);
    await gate.reached;
    const now = Date.now.bind(Date);
    jest.spyOn(Date, 'now').mockImplementation(() => now() + jumpMs);
    const { etaSeconds } = await service.api.snapshot(processingId);
    expect(etaSeconds).toBeGreaterThanOrEqual(0);
    gate.open();
    await tree.expectExact(service, processingId);
    const { startedAtMs, completedAtMs } = await service.job(processingId);
    expect(completedAtMs).toBeGreaterThanOrEqual(startedAtMs);
  });

  it('back an hour between two jobs: the next one has no trouble', async () => {
    const service = await tree.open();
    await service.ended(await service.start(PATH));
    const now = Date.now.bind(Date);
    jest.spyOn(Date, 'now').mockImplementation(() => now() - HOUR_MS);
    const second = await service.start(PATH);
    await tree.expectExact(service, second);
  });
});
