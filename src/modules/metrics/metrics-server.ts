import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { ConfigurationError } from '../../contracts/errors.js';
import type { MetricsApi } from '../../contracts/metrics.js';

/** Scrapers ask every few seconds; more than this at once is no scraper. */
const MAX_CONNECTIONS = 20;
const REQUEST_TIMEOUT_MS = 10_000;

/** `GET /metrics` without login, on a port of its own that only the scraper should reach. */
export class MetricsServer {
  private readonly server: Server;

  constructor(metrics: MetricsApi) {
    this.server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS, connectionsCheckingInterval: REQUEST_TIMEOUT_MS }, (request, response) => {
      if (request.method !== 'GET' || request.url?.split('?', 1)[0] !== '/metrics') {
        response.writeHead(404, { 'Content-Type': 'text/plain' }).end('There is only GET /metrics here.\n');
        return;
      }
      metrics.text().then(
        (text) => response.writeHead(200, { 'Content-Type': metrics.contentType }).end(text),
        () => response.writeHead(500).end(),
      );
    });
    this.server.maxConnections = MAX_CONNECTIONS;
  }

  /** @returns the port it listens on. @throws ConfigurationError */
  async listen(host: string, port: number): Promise<number> {
    try {
      const listening = once(this.server, 'listening');
      this.server.listen(port, host);
      await listening;
    } catch (error) {
      throw new ConfigurationError(`metrics: port ${port} on ${host} cannot be used: ${error instanceof Error ? error.message : String(error)}`);
    }
    const address = this.server.address();
    return typeof address === 'object' && address ? address.port : port;
  }

  async close(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}
