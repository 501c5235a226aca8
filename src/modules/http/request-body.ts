import { isAscii, isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import express, { type NextFunction, type Request, type Response } from 'express';
import { InvalidRequestError } from '../../contracts/errors.js';
import { BodyTooLargeError } from './http-errors.js';

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';
const NOT_UTF8 = 'The body is not valid UTF-8.';

/** A body as it came, before its fields are known. `form`: text, or what the host's parser has made of it. `json`: parsed. */
export interface RawBody {
  kind: 'json' | 'form';
  content: unknown;
}

type Parser = (request: Request, response: Response, next: NextFunction) => void;

/** Reads bodies of JSON and forms, unless the host has parsed them before. */
export class RequestBodyReader {
  private readonly json: Parser;
  private readonly form: Parser;

  constructor(private readonly maxBodyBytes: number) {
    // Not strict: that would call a body invalid JSON which only is no object.
    this.json = express.json({ type: JSON_TYPE, limit: maxBodyBytes, strict: false, verify: refuseOtherCharsets });
    this.form = express.text({ type: FORM_TYPE, limit: maxBodyBytes, verify: refuseOtherBytes });
  }

  /** @throws InvalidRequestError, BodyTooLargeError */
  async read(request: Request, response: Response): Promise<RawBody> {
    const parsed: unknown = request.body;
    if (parsed === undefined && !hasBody(request)) return { kind: 'json', content: {} };
    const kind = request.is(JSON_TYPE) ? 'json' : request.is(FORM_TYPE) ? 'form' : null;
    // Parsers of older Express leave an empty object where there is no body.
    if (kind === null && isMapping(parsed) && Object.keys(parsed).length === 0) return { kind: 'json', content: {} };
    if (kind === null) throw new InvalidRequestError(`The Content-Type must be ${JSON_TYPE} or ${FORM_TYPE}.`);
    if (parsed === undefined) await this.parse(kind === 'json' ? this.json : this.form, request, response);
    const content: unknown = parsed === undefined ? request.body : contentOf(kind, parsed);
    if (kind === 'form' && typeof content === 'string' && !isUtf8Form(content)) throw new InvalidRequestError(NOT_UTF8);
    return { kind, content };
  }

  private parse(parser: Parser, request: Request, response: Response): Promise<void> {
    return new Promise((resolve, reject) => {
      parser(request, response, (error?: unknown) => {
        if (error === undefined) resolve();
        else reject(this.translated(error));
      });
    });
  }

  /** The parsers' messages repeat parts of the body and of their own code; these do not. */
  private translated(error: unknown): unknown {
    const { type, status } = isMapping(error) ? error : {};
    if (type === 'entity.too.large') return new BodyTooLargeError(this.maxBodyBytes);
    if (type === 'entity.parse.failed') return new InvalidRequestError('The body is not valid JSON.');
    if (type === 'entity.verify.failed') return new InvalidRequestError(NOT_UTF8);
    if (type === 'charset.unsupported' || type === 'encoding.unsupported') {
      return new InvalidRequestError('The charset or Content-Encoding of the body is not supported; send UTF-8.');
    }
    return typeof status === 'number' && status < 500 ? new InvalidRequestError('The body cannot be read.') : error;
  }
}

/** @throws InvalidRequestError for what a parser of the host has left as text or bytes, and that is no JSON or no UTF-8. */
function contentOf(kind: RawBody['kind'], body: unknown): unknown {
  if (Buffer.isBuffer(body) && !isUtf8(body)) throw new InvalidRequestError(NOT_UTF8);
  const content = Buffer.isBuffer(body) ? body.toString('utf8') : body;
  if (kind === 'form' || typeof content !== 'string') return content;
  try {
    return JSON.parse(content) as unknown;
  } catch {
    throw new InvalidRequestError('The body is not valid JSON.');
  }
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasBody(request: Request): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
}

// What is no UTF-8 would be read as U+FFFD: an exclusion would name a path that is not there, and exclude nothing.

function refuseOtherCharsets(request: IncomingMessage, response: ServerResponse, bytes: Buffer, charset: string): void {
  if (charset !== 'utf-8') throw Object.assign(new Error('Another charset.'), { type: 'charset.unsupported' });
  refuseOtherBytes(request, response, bytes, charset);
}

/** Forms are commonly sent as ISO-8859-1, and then hold nothing but ASCII and escapes. */
function refuseOtherBytes(_request: IncomingMessage, _response: ServerResponse, bytes: Buffer, charset: string): void {
  if (charset === 'utf-8' ? !isUtf8(bytes) : !isAscii(bytes)) throw new Error('Other bytes.');
}

/** Whether the percent-escapes of a form are UTF-8 too; those of ASCII cannot be anything else. */
function isUtf8Form(text: string): boolean {
  const bytes = Buffer.from(text).toString('latin1').replaceAll(/%([89a-f][0-9a-f])/gi, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return isUtf8(Buffer.from(bytes, 'latin1'));
}
