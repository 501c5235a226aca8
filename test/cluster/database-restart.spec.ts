import { setTimeout as delay } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { Cluster } from '../support/cluster.js';
import { MariadbServer } from '../support/mariadb-server.js';

const ASSETS = 1200;
/** Longer than a lease of the cluster. */
const AWAY_MS = 2500;

jest.setTimeout(120_000);

describe('two instances whose MariaDB is restarted', () => {
  let server: MariadbServer;
  let cluster: Cluster;

  beforeAll(async () => {
    const started = await MariadbServer.start();
    server = started.server;
    const connection = await createConnection({ socketPath: started.socket, user: 'root' });
    await connection.query('CREATE DATABASE guides');
    await connection.end();
    cluster = new Cluster(`mariadb://root@localhost/guides?socketPath=${encodeURIComponent(started.socket)}`, ASSETS);
    await cluster.import();
  });
  afterAll(async () => {
    await cluster.remove();
    await server.remove();
  });

  it.each([0, AWAY_MS])('while they work, away for %d ms: nothing is lost, nothing done twice, and the job does not fail', async (awayMs) => {
    const instances = await Promise.all([cluster.start('all'), cluster.start('all')]);
    const [first] = instances;
    const processingId = await first.startJob(cluster.path);
    await cluster.until(first, processingId, 300);
    await server.stop();
    await delay(awayMs);
    await server.startAgain();
    await cluster.expectExact(first, processingId);
    await cluster.endAll();
  });
});
