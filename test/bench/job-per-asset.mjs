import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { Queue, Worker } from 'bullmq';
import { DataSource, EntitySchema } from 'typeorm';
import { extractXml } from '../../dist/modules/pipeline/dita/extract-xml.js';
import { DEFAULT_EXTRACTION_LIMITS } from '../../dist/contracts/pipeline.js';
import { filesBelow } from './corpus-copies.mjs';

const XML = new Set(['.dita', '.ditamap', '.bookmap', '.xml', '.ditaval']);
/** Messages in work at once, as the documentation of BullMQ advises for work that waits for a database. */
const CONCURRENCY = 20;

const Asset = new EntitySchema({
  name: 'Asset',
  columns: {
    path: { type: 'varchar', length: 500, primary: true },
    uuid: { type: 'varchar', length: 64 },
    sha256: { type: 'varchar', length: 64 },
    title: { type: 'text', nullable: true },
    facts: { type: 'longtext' },
  },
});
const Reference = new EntitySchema({
  name: 'Reference',
  columns: {
    id: { type: 'int', primary: true, generated: true },
    source: { type: 'varchar', length: 500 },
    target: { type: 'varchar', length: 500, nullable: true },
    raw: { type: 'longtext' },
    broken: { type: 'boolean' },
  },
});
const Progress = new EntitySchema({ name: 'Progress', columns: { id: { type: 'varchar', length: 36, primary: true }, done: { type: 'int' } } });
const LogLine = new EntitySchema({ name: 'LogLine', columns: { id: { type: 'int', primary: true, generated: true }, text: { type: 'text' } } });

/**
 * What a user would write instead: a message per asset, and `repository.save` for each entity. It reads files and not a repository, and
 * looks at targets one by one; key spaces, fragments and events it has none. Resolves to assets a second.
 */
export async function jobPerAsset(folder, database, redisUrl) {
  const files = filesBelow(folder);
  const source = await new DataSource({ type: 'mariadb', ...database, entities: [Asset, Reference, Progress, LogLine], synchronize: true, poolSize: 10 }).initialize();
  const [assets, references, progress, log] = [Asset, Reference, Progress, LogLine].map((entity) => source.getRepository(entity));
  const id = randomUUID();
  await progress.save({ id, done: 0 });
  const { hostname: host, port } = new URL(redisUrl);
  const connection = { host, port: Number(port), maxRetriesPerRequest: null };
  const queue = new Queue('assets', { connection });
  const started = performance.now();
  for (const file of files) await queue.add('process', { file }, { removeOnComplete: true });
  let done = 0;
  let worker;
  await new Promise((finished, failed) => {
    worker = new Worker('assets', ({ data: { file } }) => processOne(file), { connection, concurrency: CONCURRENCY });
    worker.on('completed', () => ++done === files.length && finished());
    worker.on('failed', (_, error) => failed(error));
  });
  const seconds = (performance.now() - started) / 1000;
  await worker.close();
  await queue.close();
  await source.destroy();
  return files.length / seconds;

  async function processOne(file) {
    const bytes = readFileSync(join(folder, file));
    const path = `/content/dam/${file}`;
    const { facts, refs } = XML.has(extname(file))
      ? extractXml({ path, damRoot: '/content/dam', sizeBytes: bytes.length, bytes }, DEFAULT_EXTRACTION_LIMITS)
      : { facts: { title: null }, refs: [] };
    await assets.save({ path, uuid: `GUID-${randomUUID()}`, sha256: createHash('sha256').update(bytes).digest('hex'), title: facts.title, facts: JSON.stringify(facts) });
    for (const ref of refs) {
      const broken = ref.target !== null && !(await assets.existsBy({ path: ref.target }));
      await references.save({ source: path, target: ref.target, raw: ref.raw, broken });
    }
    await progress.increment({ id }, 'done', 1);
    await log.save({ text: `${path} SUCCESS` });
  }
}
