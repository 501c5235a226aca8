import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { ConfigurationError } from '../../src/contracts/errors.js';
import { METRICS_API } from '../../src/contracts/tokens.js';
import type { MetricsApi } from '../../src/contracts/metrics.js';
import { MetricsServer } from '../../src/modules/metrics/metrics-server.js';
import { DATABASES } from '../support/databases.js';
import { authorization, BASE, call, USERS } from '../support/http-service.js';
import { ImportedTree } from '../support/imported-tree.js';
import { intercept } from '../support/held-calls.js';
import type { RunningService } from '../support/running-service.js';
import { sampleTree } from '../support/sample-tree.js';

const ROOT = '/content/dam/m';
const ASSETS = 60;
const { viewer } = USERS;

/** Samples by name and labels, as they are written. */
function samplesOf(text: string): Record<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}

describe.each(DATABASES)('metrics on %s', (on) => {
  const tree = new ImportedTree(ROOT, sampleTree(ASSETS), {}, on);

  async function scrape(service: RunningService): Promise<Record<string, number>> {
    const answer = await call(service.app, 'get', '/metrics', viewer);
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    return samplesOf(answer.text);
  }

  it('tell of jobs, assets, batches, requests and the process', async () => {
    const service = await tree.open();
    const before = await scrape(service);
    expect(before).toMatchObject({ guides_database_up: 1, 'guides_jobs{status="SUCCESS"}': 0, 'guides_assets_processed_total{outcome="succeeded"}': 0, guides_outbox_lag_seconds: 0 });

    await service.ended(await service.start(ROOT));
    await call(service.app, 'get', '/assets/process/history');
    await call(service.app, 'get', '/no/such/route', viewer);
    const after = await scrape(service);
    expect(after).toMatchObject({
      'guides_jobs{status="SUCCESS"}': 1,
      'guides_jobs{status="IN_PROGRESS"}': 0,
      'guides_assets_processed_total{outcome="succeeded"}': tree.whole.total - tree.whole.failed,
      'guides_assets_processed_total{outcome="failed"}': tree.whole.failed,
      guides_batch_duration_seconds_count: Math.ceil(ASSETS / 20),
      [`guides_http_request_duration_seconds_count{method="GET",route="${BASE}/assets/process/history",status="401"}`]: 1,
      [`guides_http_request_duration_seconds_count{method="GET",route="${BASE}/*path",status="400"}`]: 1,
      [`guides_http_request_duration_seconds_count{method="GET",route="${BASE}/metrics",status="200"}`]: 1,
    });
    for (const name of ['nodejs_eventloop_lag_p99_seconds', 'process_resident_memory_bytes']) expect(after[name]).toBeGreaterThan(0);
  });

  it('tell that the database is away, and nothing that is no longer known', async () => {
    const service = await tree.open();
    await scrape(service);
    intercept(service.database.reader, 'query', () => Promise.reject(new Error('away')));
    const samples = await scrape(service);
    expect(samples.guides_database_up).toBe(0);
    expect(Object.keys(samples).filter((name) => name.startsWith('guides_jobs'))).toEqual([]);
  });

  it('ask for a login', async () => {
    const service = await tree.open();
    expect((await call(service.app, 'get', '/metrics')).status).toBe(401);
  });
});

describe('the port of the metrics', () => {
  const tree = new ImportedTree(ROOT, sampleTree(5));

  it('serves them without login, and nothing else', async () => {
    const service = await tree.open();
    const server = new MetricsServer(service.app.get<MetricsApi>(METRICS_API, { strict: false }));
    const url = `http://127.0.0.1:${await server.listen('127.0.0.1', 0)}`;
    try {
      const answer = await fetch(`${url}/metrics`);
      expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
      expect(samplesOf(await answer.text())).toMatchObject({ guides_database_up: 1 });
      for (const [method, path] of [['GET', '/'], ['POST', '/metrics'], ['GET', `${BASE}/assets/process/history`]] as const) {
        expect((await fetch(url + path, { method, headers: { authorization: authorization(viewer) } })).status).toBe(404);
      }
    } finally {
      await server.close();
    }
    await expect(fetch(`${url}/metrics`)).rejects.toThrow();
  });

  it('is served by a process whatever its role, and a port that is taken stops the start', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(tree.open(undefined, { metrics: { host: '127.0.0.1', port } })).rejects.toThrow(ConfigurationError);
    other.close();
    await once(other, 'close');
    await tree.open(undefined, { role: 'worker', metrics: { host: '127.0.0.1', port } });
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(200);
  });
});
