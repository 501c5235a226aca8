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

  close(): void {
    this.socket.destroy();
  }
}
