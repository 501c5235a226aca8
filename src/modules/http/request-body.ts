import express, { type NextFunction, type Request, type Response } from 'express';
import { InvalidRequestError } from '../../contracts/errors.js';
import { BodyTooLargeError } from './http-errors.js';

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';

/** A body as it came, before its fields are known. `form`: text, or what the host's parser has made of it. */
export interface RawBody {
  kind: 'json' | 'form';
  content: unknown;
}

type Parser = (request: Request, response: Response, next: NextFunction) => void;

/** Reads bodies of JSON and forms, unless the host has parsed them before. */
export class RequestBodyReader {
  private readonly json: Parser;
  private readonly form: Parser;

  constructor(maxBodyBytes: number) {
    this.json = express.json({ type: JSON_TYPE, limit: maxBodyBytes });
    this.form = express.text({ type: FORM_TYPE, limit: maxBodyBytes });
  }

  /** @throws InvalidRequestError, BodyTooLargeError */
  async read(request: Request, response: Response): Promise<RawBody> {
    const parsed: unknown = request.body;
    if (parsed === undefined && !hasBody(request)) return { kind: 'json', content: {} };
    const kind = request.is(JSON_TYPE) ? 'json' : request.is(FORM_TYPE) ? 'form' : null;
    // Parsers of older Express leave an empty object where there is no body.
    if (kind === null && isMapping(parsed) && Object.keys(parsed).length === 0) return { kind: 'json', content: {} };
    if (kind === null) throw new InvalidRequestError(`The Content-Type must be ${JSON_TYPE} or ${FORM_TYPE}.`);
    if (parsed === undefined) await parse(kind === 'json' ? this.json : this.form, request, response);
    return { kind, content: request.body as unknown };
  }
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasBody(request: Request): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
}

function parse(parser: Parser, request: Request, response: Response): Promise<void> {
  return new Promise((resolve, reject) => {
    parser(request, response, (error?: unknown) => {
      if (error === undefined) resolve();
      else reject(translated(error));
    });
  });
}

/** The parsers' messages repeat parts of the body and of their own code; these do not. */
function translated(error: unknown): unknown {
  const { type, status } = isMapping(error) ? error : {};
  if (type === 'entity.too.large') return new BodyTooLargeError();
  if (type === 'entity.parse.failed') return new InvalidRequestError('The body is not valid JSON.');
  if (type === 'charset.unsupported' || type === 'encoding.unsupported') {
    return new InvalidRequestError('The charset or Content-Encoding of the body is not supported; send UTF-8.');
  }
  return typeof status === 'number' && status < 500 ? new InvalidRequestError('The body cannot be read.') : error;
}
