import type { EventName, ProcessingEvent } from '../../contracts/events.js';
import type { EventFilter } from './event-filter.js';
import type { DeliveryFailure, Receiver } from './receiver.js';
import { retryAfterMs } from './retry-after.js';
import { SIGNATURE_HEADER, signatureOf } from './webhook-signature.js';

/** Of an answer, what is read so that the connection can be used again. Longer ones cost the connection. */
const MAX_ANSWER_BYTES = 64 * 1024;
/** Answers that say something of the receiver's state and nothing of the events; so do all from 500 on. */
const NOT_NOW = new Set([408, 425, 429]);
const GONE = 410;

export interface WebhookTarget {
  name: string;
  url: string;
  secret: string;
  maxEvents: number;
  timeoutMs: number;
}

/** Posts events as `{"events":[…]}`, signed. A request is taken as a whole or not at all. */
export class WebhookReceiver implements Receiver {
  readonly name: string;
  readonly maxEvents: number;

  constructor(
    private readonly target: WebhookTarget,
    private readonly filter: EventFilter,
  ) {
    this.name = target.name;
    this.maxEvents = target.maxEvents;
  }

  hears(name: EventName): boolean {
    return this.filter.hears(name);
  }

  wants(event: ProcessingEvent): boolean {
    return this.filter.wants(event);
  }

  async deliver(events: readonly ProcessingEvent[], signal: AbortSignal): Promise<ReadonlyMap<string, DeliveryFailure>> {
    const failure = await this.post(JSON.stringify({ events }), events.length === 1, signal);
    return new Map(failure === null ? [] : events.map(({ id }) => [id, failure]));
  }

  private async post(body: string, isSingle: boolean, signal: AbortSignal): Promise<DeliveryFailure | null> {
    const timeout = AbortSignal.timeout(this.target.timeoutMs);
    try {
      const response = await fetch(this.target.url, {
        method: 'POST',
        body,
        // Where it leads was never configured, and the secret's proof is not for it.
        redirect: 'manual',
        signal: AbortSignal.any([signal, timeout]),
        headers: {
          'content-type': 'application/json',
          'user-agent': 'nestjs-guides-processing',
          [SIGNATURE_HEADER]: signatureOf(body, this.target.secret, Math.floor(Date.now() / 1000)),
        },
      });
      const failure = response.ok ? null : refusal(response, isSingle);
      await readToEnd(response).catch(() => undefined);
      return failure;
    } catch (error) {
      signal.throwIfAborted();
      const reason = timeout.aborted ? `No answer in ${this.target.timeoutMs} ms.` : `No answer: ${causeOf(error)}`;
      return { reason, isFinal: false, isOfReceiver: true, retryAfterMs: null };
    }
  }
}

function refusal({ status, headers }: Response, isSingle: boolean): DeliveryFailure {
  const isRedirect = status >= 300 && status < 400;
  return {
    reason: `It answered ${status}${isRedirect ? '; redirects are not followed' : ''}.`,
    isFinal: status === GONE,
    // Of several events, one may be the culprit: that shows when each is sent on its own.
    isOfReceiver: status !== GONE && (status >= 500 || NOT_NOW.has(status) || isRedirect || !isSingle),
    retryAfterMs: retryAfterMs(headers.get('retry-after'), Date.now()),
  };
}

async function readToEnd({ body }: Response): Promise<void> {
  if (!body) return;
  let bytes = 0;
  // Leaving the loop early cancels the rest, and closes the connection.
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_ANSWER_BYTES) break;
  }
}

/** `fetch` says "fetch failed"; the code stands behind it. */
function causeOf(error: unknown): string {
  for (let at = error; typeof at === 'object' && at !== null; at = 'cause' in at ? at.cause : null) {
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return 'the request failed';
}
