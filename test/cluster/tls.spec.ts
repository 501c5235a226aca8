import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { DataSource } from 'typeorm';
import { ConfigurationError, RepositoryUnavailableError } from '../../src/contracts/errors.js';
import { parseDatabaseUrl } from '../../src/repository/unit-of-work/database-options.js';
import { databaseUrlOf } from '../../src/repository/unit-of-work/host-data-source.js';
import { openDatabase } from '../../src/repository/unit-of-work/open-database.js';
import { Cluster } from '../support/cluster.js';
import { MariadbServer } from '../support/mariadb-server.js';

// Of these tests alone; the key of the authority is kept nowhere.
const FILES = join(__dirname, '../support/tls');
const CA = join(FILES, 'ca.pem');

jest.setTimeout(120_000);

describe('a MariaDB that takes TLS only', () => {
  let server: MariadbServer;
  let port: number;

  beforeAll(async () => {
    port = await freePort();
    const started = await MariadbServer.start([
      '--bind-address=127.0.0.1',
      `--port=${port}`,
      '--require-secure-transport=ON',
      `--ssl-ca=${CA}`,
      `--ssl-cert=${join(FILES, 'server.pem')}`,
      `--ssl-key=${join(FILES, 'server-key.pem')}`,
    ]);
    server = started.server;
    const connection = await createConnection({ socketPath: started.socket, user: 'root' });
    await connection.query('CREATE DATABASE guides');
    await connection.query("CREATE USER 'guides'@'%' IDENTIFIED BY 'secret'");
    await connection.query("GRANT ALL ON guides.* TO 'guides'@'%'");
    await connection.end();
  });
  afterAll(() => server.remove());

  const url = (query: string, host = 'localhost'): string => `mariadb://guides:secret@${host}:${port}/guides${query}`;

  it('is served over TLS, the leases too, by an authority of its own', async () => {
    const cluster = new Cluster(url(`?ssl=true&sslCa=${encodeURIComponent(CA)}`), 120);
    try {
      await cluster.import();
      const service = await cluster.start('all');
      await cluster.expectExact(service, await service.startJob(cluster.path));
      await cluster.withDatabase(async ({ reader }) => {
        const [row] = await reader.query<{ Value: string }>("SHOW STATUS LIKE 'Ssl_cipher'");
        expect(row?.Value).toMatch(/^TLS_/);
      });
    } finally {
      await cluster.remove();
    }
  });

  it("is reached with the authority that a host's data source has", async () => {
    const ca = readFileSync(CA);
    const source = (ssl: object) => new DataSource({ type: 'mariadb', host: 'localhost', port, username: 'guides', password: 'secret', database: 'guides', ssl });
    const database = await openDatabase(databaseUrlOf(source({ ca })));
    await database.close();
    // Parts that stand in lists, and a certificate of the client beside them.
    const pem = ca.toString();
    expect(parseDatabaseUrl(databaseUrlOf(source({ ca: [pem, ca], cert: pem, key: ca })))).toMatchObject({
      ssl: { rejectUnauthorized: true, ca: `${pem}\n${pem}`, cert: pem, key: pem },
    });
    await expect(openDatabase(databaseUrlOf(source({})))).rejects.toThrow(RepositoryUnavailableError);
  });

  it.each([
    ['a plain connection', ''],
    ['an authority that is not known', '?ssl=true'],
  ])('refuses %s', async (_what, query) => {
    await expect(openDatabase(url(query))).rejects.toThrow(RepositoryUnavailableError);
  });

  it('takes anybody with no-verify', async () => {
    await (await openDatabase(url('?ssl=no-verify'))).close();
  });

  it.each([
    ['?sslmode=require', '"sslmode" is no parameter; use socketPath, ssl,'],
    ['?ssl=yes', 'ssl must be true, false or no-verify'],
    ['?sslCa=/nowhere.pem', 'sslCa: the file /nowhere.pem cannot be read'],
  ])('refuses %s, and never shows the password', async (query, message) => {
    const refused = openDatabase(url(query));
    await expect(refused).rejects.toThrow(ConfigurationError);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.not.toThrow('secret');
  });
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
