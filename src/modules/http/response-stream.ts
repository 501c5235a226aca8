import { pipeline as pipelineWithCallback, Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';

const MAX_LISTENERS = 30;
/** Text is gathered to portions of about this size: a write for each short line would cost more than the line. */
const PORTION_BYTES = 16_384;

/**
 * Reads the first item before anything is sent, so that an error that shows at the start is still answered as one.
 * Ending the result ends the source, also when nothing was read from it.
 */
export async function withFirstRead<T>(source: AsyncIterable<T>): Promise<AsyncIterable<T>> {
  const iterator = source[Symbol.asyncIterator]();
  let first: IteratorResult<T, unknown> | null = await iterator.next();
  const resumed: AsyncIterator<T, unknown> = {
    next() {
      const result = first === null ? iterator.next() : Promise.resolve(first);
      first = null;
      return result;
    },
    async return(value) {
      await iterator.return?.();
      return { done: true, value };
    },
  };
  return { [Symbol.asyncIterator]: () => resumed as AsyncIterator<T> };
}

/** The items as bytes of UTF-8, read only as fast as they are taken; destroying the stream ends the source. */
export function bytesOf<T>(source: AsyncIterable<T>, toText: (item: T) => string): Readable {
  let gathered = '';
  const packer = new Transform({
    writableObjectMode: true,
    writableHighWaterMark: 1,
    transform(item: T, _encoding, done) {
      gathered += toText(item);
      if (gathered.length < PORTION_BYTES) {
        done();
        return;
      }
      const portion = Buffer.from(gathered);
      gathered = '';
      done(null, portion);
    },
    flush(done) {
      done(null, Buffer.from(gathered));
    },
  });
  // An error of the source destroys the packer with it: whoever reads sees it there.
  pipelineWithCallback(Readable.from(source, { highWaterMark: 1 }), packer, () => undefined);
  return packer;
}

/**
 * Sends `source` as the body. A client that goes away ends the source and is no error; an error of the source breaks
 * the connection, so that what was sent cannot be taken for all.
 */
export async function sendStream(request: Request, response: Response, source: Readable): Promise<void> {
  if (request.method === 'HEAD') {
    source.destroy();
    response.end();
    return;
  }
  // A pipeline alone listens seven times for its end; with what logs and times it, Node would warn of a leak at ten.
  response.setMaxListeners(Math.max(MAX_LISTENERS, response.getMaxListeners()));
  // Each end takes the other with it, so what counts is which came first.
  let cause: 'client' | 'source' | null = response.closed ? 'client' : null;
  response.once('close', () => (cause ??= 'client'));
  source.once('error', () => (cause ??= 'source'));
  try {
    await pipeline(source, response);
  } catch (error) {
    if (cause !== 'client') throw error;
  }
}

/** A line of JSON for each record (NDJSON). @throws what the source throws before its first record; later the connection breaks off. */
export async function sendRecords(request: Request, response: Response, source: AsyncIterable<object>): Promise<void> {
  const records = await withFirstRead(source);
  response.setHeader('Content-Type', 'application/x-ndjson; charset=utf-8');
  await sendStream(request, response, bytesOf(records, (record) => `${JSON.stringify(record)}\n`));
}
