import { call, USERS } from '../support/http-service.js';
import { ImportedTree } from '../support/imported-tree.js';
import { type SampleFile, topicOf } from '../support/sample-tree.js';

const ROOT = '/content/dam/dry';
const FILES: SampleFile[] = [
  { path: 'a.dita', content: topicOf('A'), succeeds: true },
  { path: 'b.dita', content: topicOf('B'), succeeds: true },
  { path: 'c.ditamap', content: '<map><topicref href="a.dita"/></map>', succeeds: true },
  { path: 'd.md', content: '# D\n', succeeds: true },
  { path: 'no/e.dita', content: topicOf('E'), succeeds: true },
];

describe('a dry run', () => {
  const tree = new ImportedTree(ROOT, FILES, {});

  it.each([
    [{}, 5, 'Dry run: 5 assets would be processed (DITATOPIC 3, DITAMAP 1, MARKDOWN 1).'],
    [{ filter: { fileTypes: ['DITATOPIC'] } }, 3, 'Dry run: 3 assets would be processed (DITATOPIC 3).'],
    [{ filter: { fileTypes: 'DITAMAP,MARKDOWN' } }, 2, 'Dry run: 2 assets would be processed (DITAMAP 1, MARKDOWN 1).'],
    [{ excludedPaths: `${ROOT}/no` }, 4, 'Dry run: 4 assets would be processed (DITATOPIC 2, DITAMAP 1, MARKDOWN 1).'],
    [{ filter: { fileTypes: ['DITAVAL'] } }, 0, 'Dry run: 0 assets would be processed (none).'],
  ])('of %j counts what would be processed, by file type', async (fields, totalFiles, comments) => {
    const service = await tree.open();
    const started = await call(service.app, 'post', '/assets/process', USERS.operator).send({ path: ROOT, type: 'ASSET_PROCESSING', dryRun: true, ...fields });
    const { processingId } = started.body as { processingId: string };
    await service.ended(processingId);
    const { body } = await call(service.app, 'get', `/assets/process/status?processingId=${processingId}`, USERS.viewer);
    expect(body).toMatchObject({ status: 'SUCCESS', triggeredCount: 0, migrationSet: { totalFiles, calculationStatus: 'SUCCESS' }, comments });
  });
});
