import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { UNIT_OF_WORK } from 'nestjs-guides-processing';
import { ASSET_REPOSITORY_CONTRACT, type AssetRepositoryUnderTest } from 'nestjs-guides-processing/asset-repository-contract';
import request from 'supertest';
import { CmsDatabase } from '../src/cms-database.js';
import { createCms } from '../src/create-cms.js';
import { MediaRepository } from '../src/media/media.repository.js';
import { storeUpload } from '../src/media/store-upload.js';

/** The smallest PNG: one pixel. */
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64');
const API = '/cms/bin/guides/v1';
const EDITOR = { 'X-CMS-Token': 'editor-token' };
const READER = { 'X-CMS-Token': 'reader-token' };

describe('a CMS that mounts bulk processing', () => {
  let app: NestExpressApplication;
  const folder = mkdtempSync(join(tmpdir(), 'guides-host-cms-'));

  beforeAll(async () => {
    process.env.CMS_DATA_DIR = folder;
    app = await createCms();
    await app.listen(0, '127.0.0.1');
  });
  afterAll(async () => {
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const http = () => request(app.getHttpServer());
  const upload = (path: string, bytes: Buffer | string) => http().put(`/cms/media/${path}`).set(EDITOR).set('Content-Type', 'application/octet-stream').send(bytes);

  async function processed(path: string, filter: object = {}): Promise<Record<string, unknown>> {
    const started = await http().post(`${API}/assets/process`).set(EDITOR).send({ path, type: 'ASSET_PROCESSING', filter });
    expect([started.status, started.body]).toEqual([200, { processingId: expect.any(String) }]);
    for (;;) {
      const { body } = await http().get(`${API}/assets/process/status`).query(started.body as object).set(READER);
      if ((body as { status: string }).status === 'SUCCESS') return body as Record<string, unknown>;
    }
  }

  it('processes its media in their own table, with a step of its own', async () => {
    await http().post('/cms/articles').set(EDITOR).send({ slug: 'hello', title: 'Hello', body: '…' }).expect(201);
    await upload('photos/dot.png', PNG).expect(200);
    await upload('notes/n.md', '# A note\n\non [[hello]] and [[nobody]]').expect(200);
    await upload('notes/broken.dita', '<topic><title>').expect(200);

    expect(await processed('/content/cms/media')).toMatchObject({ triggeredCount: 3, succeededCount: 2, failedCount: 1, createdBy: 'editor' });
    const medium = async (path: string): Promise<unknown> => (await http().get(`/cms/media/${path}`)).body;
    expect(await medium('photos/dot.png')).toMatchObject({ width: 1, height: 1, state: 'SUCCESS', guid: expect.stringMatching(/^GUID-/) });
    expect(await medium('notes/n.md')).toMatchObject({ title: 'A note', keywords: '["article:hello"]', state: 'SUCCESS' });
    expect(await medium('notes/broken.dita')).toMatchObject({ state: 'FAILED' });
  });

  it('processes only what was uploaded anew, when asked so', async () => {
    await upload('notes/n.md', '# Another note').expect(200);
    // The broken one is tried again too.
    expect(await processed('/content/cms/media', { filterProcessedAssets: true })).toMatchObject({ triggeredCount: 2, succeededCount: 1 });
    expect((await http().get('/cms/media/notes/n.md')).body).toMatchObject({ title: 'Another note', version: 2 });
  });

  it('lets its users in as they are, and nobody else', async () => {
    const start = (headers: Record<string, string>) => http().post(`${API}/assets/process`).set(headers).send({ path: '/content/cms/media', type: 'ASSET_PROCESSING' });
    expect((await start({})).status).toBe(401);
    expect((await start({})).headers['www-authenticate']).toBe('CmsToken realm="cms"');
    expect((await start({ Authorization: `Basic ${Buffer.from('admin:admin').toString('base64')}` })).status).toBe(401);
    expect((await start(READER)).status).toBe(403);
  });

  it('keeps its own routes, guards, pipes and errors', async () => {
    const created = await http().post('/cms/articles').set(EDITOR).send({ slug: 'x', title: 'X', body: '', color: 'red' });
    expect([created.status, created.body]).toMatchObject([400, { message: ['property color should not exist'] }]);
    expect((await http().post('/cms/articles').set(READER).send({ slug: 'x', title: 'X', body: '' })).status).toBe(403);
    expect((await http().get('/cms/articles/none')).body).toEqual({ statusCode: 404, error: 'Not Found', message: 'There is no article none.' });
    expect((await http().get('/cms/nothing')).body).toMatchObject({ statusCode: 404, message: 'Cannot GET /cms/nothing' });
  });

  describe('its repository', () => {
    let underTest: AssetRepositoryUnderTest;
    let roots = 0;
    beforeAll(() => {
      const { source } = app.get(CmsDatabase, { strict: false });
      underTest = {
        repository: new MediaRepository(source),
        unitOfWork: app.get(UNIT_OF_WORK, { strict: false }),
        newRoot: () => `/content/cms/media/contract-${++roots}`,
        put: async (path, content) => {
          await storeUpload(source, path, Buffer.from(content));
        },
        remove: async (path) => {
          await source.query('DELETE FROM cms_medium WHERE path = ?', [path]);
        },
        stored: (path) => source.query('SELECT title, keywords, state, guid FROM cms_medium WHERE path = ?', [path]),
      };
    });
    for (const { rule, check } of ASSET_REPOSITORY_CONTRACT) it(rule, () => check(underTest));
  });
});
