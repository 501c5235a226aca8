import { connect, type Socket } from 'node:net';
import { once } from 'node:events';

/** A connection on which a test sends bytes as it likes. */
export class RawConnection {
  /** Everything that came back, byte by byte. */
  received = '';
  readonly ended: Promise<void>;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (data: Buffer) => (this.received += data.toString('latin1')));
    // A server that has had enough may reset the connection.
    socket.on('error', () => undefined);
    this.ended = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  static async open(port: number): Promise<RawConnection> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  /** Latin-1: each character is a byte. */
  send(text: string): void {
    if (this.socket.writable) this.socket.write(text, 'latin1');
  }

  /** Resolves when `text` has come. */
  async until(text: string): Promise<void> {
    while (!this.received.includes(text)) await once(this.socket, 'data');
  }

  /** @throws when the other side has not closed the connection by then; what has come is shown. */
  async endedWithin(limitMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`Still open after ${limitMs} ms; so far: ${JSON.stringify(this.received.slice(0, 500))}`)), limitMs);
    });
    await Promise.race([this.ended, late]).finally(() => clearTimeout(timer));
  }

  close(): void {
    this.socket.destroy();
  }
}
