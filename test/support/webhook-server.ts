import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { ProcessingEvent } from '../../src/contracts/events.js';
import { untilTrue } from './cluster.js';

export interface ReceivedRequest {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  events: ProcessingEvent[];
}

/** What the receiver does with a request: a status, with headers and a body where the test needs some; or all of it itself. */
export type Answer = { status: number; headers?: Record<string, string>; body?: string } | ((response: ServerResponse) => void);

/** A receiver of webhooks on a free port. It answers 200 until it is told otherwise. */
export class WebhookServer {
  readonly requests: ReceivedRequest[] = [];
  /** Decides on each request; the number counts from 1. */
  answer: (request: ReceivedRequest, number: number) => Answer = () => ({ status: 200 });

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async start(port = 0): Promise<WebhookServer> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The receiver has no port.');
    const webhook = new WebhookServer(server, address.port);
    server.on('request', (request, response) => {
      void text(request).then((body) => {
        const { events } = JSON.parse(body) as { events: ProcessingEvent[] };
        const received = { path: request.url ?? '', headers: request.headers, body, events };
        webhook.requests.push(received);
        reply(response, webhook.answer(received, webhook.requests.length));
      }, () => undefined);
    });
    return webhook;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`;
  }

  /** All events that came, in the order of their requests, repetitions too. */
  get events(): ProcessingEvent[] {
    return this.requests.flatMap(({ events }) => events);
  }

  /** Waits until `isEnough` says yes of what came. */
  async until(what: string, isEnough: (events: readonly ProcessingEvent[]) => boolean): Promise<void> {
    await untilTrue(what, () => Promise.resolve(isEnough(this.events)));
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

function reply(response: ServerResponse, answer: Answer): void {
  if (typeof answer === 'function') return answer(response);
  response.writeHead(answer.status, answer.headers).end(answer.body ?? '');
}
