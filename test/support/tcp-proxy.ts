import { once } from 'node:events';
import { connect, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net';

/** Where a connection is cut around a request: before the server gets it, or after it has answered. */
export type CutMoment = 'before' | 'after';

interface Link {
  client: Socket;
  server: Socket;
  /** The client has said what the next request in question belongs to. */
  isMarked: boolean;
  /** The next answer of the server is not passed on. */
  isDoomed: boolean;
}

interface PlannedCut {
  marker: string;
  request: string;
  moment: CutMoment;
  happened: () => void;
}

/** Stands between the service and a server (MariaDB, Redis), and fails as networks do. */
export class TcpProxy {
  private readonly links = new Set<Link>();
  private readonly held: (() => void)[] = [];
  private isStalled = false;
  private isRefusing = false;
  private delayMs = 0;
  private cutAt: PlannedCut | null = null;

  private constructor(
    private readonly server: Server,
    private readonly target: NetConnectOpts,
  ) {
    server.on('connection', (client) => this.join(client));
  }

  static async listen(target: NetConnectOpts): Promise<TcpProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpProxy(server, target);
  }

  get port(): number {
    const address = this.server.address();
    if (address === null || typeof address !== 'object') throw new Error('The proxy does not listen.');
    return address.port;
  }

  /** Connections that are open. */
  get count(): number {
    return this.links.size;
  }

  /** Breaks all connections; new ones are taken. */
  cut(): void {
    for (const link of this.links) this.break(link);
  }

  /** Breaks all connections and takes no new ones until `accept`. */
  refuse(): void {
    this.isRefusing = true;
    this.cut();
  }

  accept(): void {
    this.isRefusing = false;
  }

  /** Nothing passes until `flow`, and nobody is told: a cable that was pulled. New connections are taken and left alone. */
  stall(): void {
    this.isStalled = true;
  }

  flow(): void {
    this.isStalled = false;
    for (const pass of this.held.splice(0)) pass();
  }

  /** Every piece of data, both ways, comes so many milliseconds late. */
  delay(delayMs: number): void {
    this.delayMs = delayMs;
  }

  /**
   * Cuts one connection at the next `request` (e.g. COMMIT) on which something with `marker` was sent before.
   * Resolves when it has happened.
   */
  cutOnce(request: string, marker: string, moment: CutMoment): Promise<void> {
    return new Promise((happened) => {
      this.cutAt = { request, marker, moment, happened };
    });
  }

  async close(): Promise<void> {
    this.flow();
    this.refuse();
    this.server.close();
    await once(this.server, 'close');
  }

  private join(client: Socket): void {
    if (this.isRefusing) {
      client.resetAndDestroy();
      return;
    }
    const link: Link = { client, server: connect(this.target), isMarked: false, isDoomed: false };
    this.links.add(link);
    link.client.on('data', (data) => this.whenPassable(() => this.toServer(link, data)));
    link.server.on('data', (data) => this.whenPassable(() => this.toClient(link, data)));
    for (const socket of [link.client, link.server]) {
      socket.setNoDelay(true);
      socket.on('error', () => this.break(link));
      // An end is data too: it comes after what was sent before it.
      socket.on('close', () => this.whenPassable(() => this.break(link)));
    }
  }

  private whenPassable(pass: () => void): void {
    if (this.isStalled || this.held.length > 0) this.held.push(pass);
    else if (this.delayMs > 0) setTimeout(pass, this.delayMs);
    else pass();
  }

  private toServer(link: Link, data: Buffer): void {
    const cut = this.cutAt;
    if (cut) {
      const text = data.toString('latin1');
      if (text.includes(cut.marker)) link.isMarked = true;
      if (link.isMarked && text.endsWith(cut.request)) {
        this.cutAt = null;
        if (cut.moment === 'before') this.break(link);
        else {
          link.isDoomed = true;
          link.server.write(data);
        }
        cut.happened();
        return;
      }
    }
    link.server.write(data);
  }

  private toClient(link: Link, data: Buffer): void {
    if (link.isDoomed) this.break(link);
    else link.client.write(data);
  }

  private break(link: Link): void {
    if (!this.links.delete(link)) return;
    link.client.destroy();
    link.server.destroy();
  }
}
