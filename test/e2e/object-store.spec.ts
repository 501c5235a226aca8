import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from '../../src/contracts/errors.js';
import { RunningService } from '../support/running-service.js';
import { S3Server } from '../support/s3-server.js';
import { sampleTree, writeTree } from '../support/sample-tree.js';
import { ServiceData } from '../support/service-data.js';

const PATH = '/content/dam/s3';
const FILES = sampleTree(60);

describe('a service whose content lies in an object store', () => {
  const source = mkdtempSync(join(tmpdir(), 'guides-s3-source-'));
  let server: S3Server;
  let data: ServiceData;

  beforeAll(async () => {
    writeTree(source, FILES);
    server = await S3Server.start();
    // A few bytes, so that everything is large.
    data = ServiceData.create({ workerThreads: 1, sweepMs: 20 }, { blobs: { store: 's3', maxInlineBytes: 10, s3: server.settings } });
    await data.import(source, PATH);
  });
  afterAll(async () => {
    await server.stop();
    data.remove();
    rmSync(source, { recursive: true });
  });

  it('processes it as it does content of a folder', async () => {
    const service = await RunningService.open(data.settings);
    try {
      expect(server.objects().length).toBeGreaterThan(FILES.length / 2);
      const { status, counts } = await service.ended(await service.start(PATH));
      const failed = FILES.filter(({ succeeds }) => !succeeds).length;
      expect([status, counts]).toEqual(['SUCCESS', { total: FILES.length, succeeded: FILES.length - failed, failed, skipped: 0 }]);
    } finally {
      await service.close();
    }
  });

  it('does not start without its bucket, and says so', async () => {
    const { settings } = data;
    const open = RunningService.open({ ...settings, blobs: { ...settings.blobs, s3: { ...settings.blobs.s3, bucket: 'gone' } } });
    await expect(open).rejects.toThrow(new ConfigurationError('blobs.s3: the bucket gone cannot be used: it does not exist.'));
  });
});
