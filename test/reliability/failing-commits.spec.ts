import { type AssetFailure } from '../../src/contracts/job.js';
import { Gate, intercept } from '../support/held-calls.js';
import { ImportedTree } from '../support/imported-tree.js';
import type { RunningService } from '../support/running-service.js';
import { sampleTree } from '../support/sample-tree.js';

const ASSETS = 300;
const BATCH = 20;
const PATH = '/content/dam/t';
const MAX_ATTEMPTS = 3;
const FILES = sampleTree(ASSETS);

describe('commits that fail', () => {
  const tree = new ImportedTree(PATH, FILES, { batchSize: BATCH, maxAttempts: MAX_ATTEMPTS, concurrency: 1 });
  const [good, other] = FILES.filter(({ succeeds }) => succeeds).slice(30);
  const culprit = tree.pathOf(good);

  it('an asset whose result the database refuses fails alone, and its batch is committed', async () => {
    const service = await tree.open();
    await refuse(service, 'guides_asset_record', `NEW.path = '${culprit}'`);
    const processingId = await service.start(PATH);
    await tree.expectExact(service, processingId, { total: ASSETS, failed: tree.whole.failed + 1 });

    const refused = (await failures(service, processingId)).filter(({ step }) => step === 'store');
    // The driver's errors are those of the first test file in the process; then they are told by their class as well.
    const error = expect.stringMatching(/^The result could not be stored: (SqliteError: )?refused by the test$/) as string;
    expect(refused).toMatchObject([{ path: culprit, error }]);
    expect((await service.verdicts(processingId)).get(culprit)).toBe('FAILED');
    const states = await service.records.processedStates([culprit, tree.pathOf(other)]);
    expect([...states.keys()]).toEqual([tree.pathOf(other)]);

    // Nothing of it was stored, so it counts as not processed: the next run does it, and what failed by its own fault.
    await service.database.run((tx) => tx.execute('DROP TRIGGER refuse_guides_asset_record'));
    const again = await service.start(PATH, { filterProcessedAssets: true });
    await tree.expectExact(service, again, { total: tree.whole.failed + 1, failed: tree.whole.failed });
    expect((await service.verdicts(again)).get(culprit)).toBe('SUCCESS');
  });

  it('assets that are all refused all fail, and the job ends', async () => {
    const service = await tree.open();
    await refuse(service, 'guides_asset_record', '1');
    await tree.expectExact(service, await service.start(PATH), { total: ASSETS, failed: ASSETS });
  });

  it('a batch that fails at the end of its transaction leaves nothing behind, is tried again, and counts once', async () => {
    const gate = new Gate();
    const service = await tree.open((opened) => {
      let failed = 0;
      // Once for the batch as a whole, once asset by asset: then it is given back.
      intercept(opened.jobs, 'commitBatch', async (go, claim) => {
        await go();
        if (claim.step === 'process' && claim.number === 4 && ++failed <= 2) throw new Error('the disk hiccuped');
      });
      intercept(opened.jobs, 'claimBatch', (go, { number }) => (number === 4 && failed > 0 ? gate.pass().then(go) : go()));
    });
    const processingId = await service.start(PATH);
    await gate.reached;
    expect(await batchRow(service, processingId, 4)).toEqual({ state: 0, succeeded: 0, failed: 0, lease_owner: null, attempts: 1 });
    const inBatch = sortedPaths().slice(4 * BATCH, 5 * BATCH);
    expect([...(await service.records.processedStates(inBatch)).keys()]).toEqual([]);
    const verdicts = await service.verdicts(processingId);
    expect(inBatch.filter((path) => verdicts.has(path))).toEqual([]);
    gate.open();
    await tree.expectExact(service, processingId);
  });

  it('a checkpoint of planning that fails leaves the cursor where it was', async () => {
    const gate = new Gate();
    const service = await tree.open((opened) => intercept(opened.jobs, 'releasePlan', (go) => gate.pass().then(go)));
    await refuse(service, 'guides_job_batch', 'NEW.number = 3');
    const processingId = await service.start(PATH);
    await gate.reached;
    const [step] = await service.database.reader.query('SELECT plan_cursor, next_batch FROM guides_job_step WHERE step = 0');
    expect(step).toEqual({ plan_cursor: null, next_batch: 0 });
    expect(await service.database.reader.query('SELECT number FROM guides_job_batch')).toEqual([]);
    await service.database.run((tx) => tx.execute('DROP TRIGGER refuse_guides_job_batch'));
    gate.open();
    await tree.expectExact(service, processingId);
  });

  it('a batch that can never be committed ends the job as FAILED, which frees its path, and resumed it ends exact', async () => {
    const service = await tree.open();
    await refuse(service, 'guides_job_log', `NEW.text LIKE '%${culprit} SUCCESS%'`);
    const processingId = await service.start(PATH);
    const failed = await service.ended(processingId);
    expect(failed).toMatchObject({ status: 'FAILED', comments: expect.stringContaining(`Given up after ${MAX_ATTEMPTS} tries.`) as string });
    expect((await service.log(processingId)).at(-1)).toContain('ERROR Job failed: ');
    expect(await service.jobs.activeJobs()).toEqual([]);
    const committed = await service.verdicts(processingId);
    expect(committed.size).toBe(failed.counts.succeeded + failed.counts.failed);
    expect(committed.has(culprit)).toBe(false);

    await service.database.run((tx) => tx.execute('DROP TRIGGER refuse_guides_job_log'));
    await service.api.resume(processingId, 'olga');
    await tree.expectExact(service, processingId);
  });

  it('a job that cannot be planned fails after its tries, and resumed it ends exact', async () => {
    const service = await tree.open();
    await refuse(service, 'guides_job_batch', 'NEW.number = 7');
    const processingId = await service.start(PATH);
    expect(await service.ended(processingId)).toMatchObject({ status: 'FAILED', calculationStatus: 'FAILED' });
    expect(await service.jobs.activeJobs()).toEqual([]);
    await service.database.run((tx) => tx.execute('DROP TRIGGER refuse_guides_job_batch'));
    await service.api.resume(processingId, 'olga');
    await tree.expectExact(service, processingId);
  });

  it('a full disk of the database fails the job at the latest after its tries, and resumed with room it ends exact', async () => {
    const service = await tree.open();
    const limit = (pages: string): Promise<unknown> => service.database.run((tx) => tx.query(`PRAGMA max_page_count = ${pages}`));
    const [size] = await service.database.reader.query<{ page_count: number }>('PRAGMA page_count');
    const processingId = await service.start(PATH);
    await limit(String((size?.page_count ?? 0) + 30));
    const { status, comments } = await service.ended(processingId);
    expect({ status, comments }).toEqual({ status: 'FAILED', comments: expect.stringContaining('its disk is full') as string });
    await limit('4294967294');
    await service.api.resume(processingId, 'olga');
    await tree.expectExact(service, processingId);
  });

  it('a full disk for blobs fails no asset but, after its tries, the job, and resumed with room it ends exact', async () => {
    let isFull = true;
    const service = await tree.open((opened) => {
      intercept(opened.pipeline, 'run', async (go) => {
        const results = await go();
        for (const { extraction } of results) extraction.renditions = [{ name: 'thumbnail', mimeType: 'image/png', bytes: Buffer.from('pixels') }];
        return results;
      });
      intercept(opened.blobs, 'stage', (go) => (isFull ? Promise.reject(new Error('ENOSPC: no space left on device')) : go()));
    });
    const processingId = await service.start(PATH);
    expect(await service.ended(processingId)).toMatchObject({ status: 'FAILED', counts: { succeeded: 0, failed: 0 } });
    isFull = false;
    await service.api.resume(processingId, 'olga');
    await tree.expectExact(service, processingId);
  });

  function sortedPaths(): string[] {
    return FILES.map((file) => tree.pathOf(file)).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  }
});

/** From now on the database refuses such rows, as it would for a fault of its own. */
async function refuse(service: RunningService, table: string, condition: string): Promise<void> {
  await service.database.run((tx) =>
    tx.execute(`CREATE TRIGGER refuse_${table} BEFORE INSERT ON ${table} WHEN ${condition} BEGIN SELECT RAISE(ABORT, 'refused by the test'); END`),
  );
}

async function failures(service: RunningService, processingId: string): Promise<AssetFailure[]> {
  const all: AssetFailure[] = [];
  for await (const portion of service.jobs.streamFailures(processingId)) all.push(...portion);
  return all;
}

async function batchRow(service: RunningService, processingId: string, number: number): Promise<object | undefined> {
  const [row] = await service.database.reader.query(
    'SELECT state, succeeded, failed, lease_owner, attempts FROM guides_job_batch WHERE processing_id = ? AND step = 0 AND number = ?',
    [processingId, number],
  );
  return row;
}
