import { createServer, type Server } from 'node:http';
import { ExpressAdapter } from '@nestjs/platform-express';
import { refuseBrokenRequest, refuseExpectation } from './broken-request.js';
import type { ConnectionLimits } from './contracts/settings.js';

/** How often connections are looked at for requests that are overdue; Node's own 30 s would triple the limits. */
const LOOK_MS = 1000;

/** Express on a server that bounds what a connection may take, and refuses in the one shape of errors. */
export class ServiceHttpAdapter extends ExpressAdapter {
  constructor(private readonly limits: ConnectionLimits) {
    super();
  }

  override initHttpServer(): void {
    const { maxHeaderBytes, headersTimeoutMs, requestTimeoutMs, keepAliveTimeoutMs } = this.limits;
    const server = createServer(
      {
        maxHeaderSize: maxHeaderBytes,
        // `refuseWithoutHost` says why.
        requireHostHeader: false,
        headersTimeout: headersTimeoutMs,
        requestTimeout: requestTimeoutMs,
        keepAliveTimeout: keepAliveTimeoutMs,
        connectionsCheckingInterval: Math.min(LOOK_MS, headersTimeoutMs),
      },
      this.getInstance<Parameters<typeof createServer>[1]>(),
    );
    server.on('clientError', refuseBrokenRequest);
    server.on('checkExpectation', refuseExpectation);
    this.setHttpServer(server);
  }

  /** Connections too: a report that somebody reads slowly must not hold up a shutdown. */
  override close(): Promise<void> {
    const closed = super.close() as Promise<void>;
    (this.getHttpServer() as Server).closeAllConnections();
    return closed;
  }
}
