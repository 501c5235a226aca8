import { ImportedTree } from '../support/imported-tree.js';
import { type SampleFile, topicOf } from '../support/sample-tree.js';

const PATH = '/content/dam/t';
const COUNT = 500;

function topics(isBad: (i: number) => boolean): SampleFile[] {
  return Array.from({ length: COUNT }, (_, i) => {
    const content = topicOf(`Topic ${i}`);
    return { path: `topic-${String(i).padStart(3, '0')}.dita`, content: isBad(i) ? content.slice(0, -10) : content, succeeds: !isBad(i) };
  });
}

describe('1 bad asset in 500', () => {
  const tree = new ImportedTree(PATH, topics((i) => i === 321), { batchSize: 100, failureThreshold: 0.5 });

  it('fails alone, with the place of its fault, and the job ends as SUCCESS and says so', async () => {
    const service = await tree.open();
    const processingId = await service.start(PATH);
    await tree.expectExact(service, processingId, { total: COUNT, failed: 1 });
    expect((await service.job(processingId)).comments).toBe('1 asset failed; see the log.');
    const path = `${PATH}/topic-321.dita`;
    for await (const failures of service.jobs.streamFailures(processingId)) {
      expect(failures).toMatchObject([{ path, step: 'parse', line: expect.any(Number) as number }]);
    }
    expect((await service.log(processingId)).filter((line) => line.includes(' ERROR '))).toEqual([expect.stringContaining(`${path} FAILED parse: `)]);
  });
});

describe('500 bad assets in 500', () => {
  const bad = topics(() => true);

  describe('without a failure threshold', () => {
    const tree = new ImportedTree(PATH, bad, { batchSize: 100, failureThreshold: null });

    it('all fail, and the job is done', async () => {
      const service = await tree.open();
      const processingId = await service.start(PATH);
      await tree.expectExact(service, processingId, { total: COUNT, failed: COUNT });
      expect((await service.job(processingId)).comments).toBe('500 assets failed; see the log.');
    });
  });

  describe('with a failure threshold', () => {
    const tree = new ImportedTree(PATH, bad, { batchSize: 100, failureThreshold: 0.5 });

    it('all are tried and recorded, and then the job is FAILED', async () => {
      const service = await tree.open();
      const processingId = await service.start(PATH);
      expect(await service.ended(processingId)).toMatchObject({ status: 'FAILED', counts: { total: COUNT, succeeded: 0, failed: COUNT } });
      expect((await service.verdicts(processingId)).size).toBe(COUNT);
      expect((await service.log(processingId)).at(-1)).toContain('more than the failure threshold of 0.5 allows');
      expect(await service.jobs.activeJobs()).toEqual([]);
    });
  });
});
