import type { NextFunction, Request, Response } from 'express';
import type { LevelWithSilent, Logger } from 'pino';
import { pinoHttp } from 'pino-http';
import { principalOf } from '../modules/auth/principal.js';
import { REQUEST_ID_HEADER, requestIdFrom } from './request-id.js';
import { inRequest } from './request-scope.js';

/** What may be told of a query: names that hold no secret. All others, of any name, are left out. */
const TOLD = ['processingId', 'jobId', 'path', 'offset', 'limit', 'tail', 'direction'];
const MAX_CHARS = 512;
/** Orchestrators ask every few seconds. */
const CHECKS = /\/(health\/(live|ready)|metrics)$/;

/** One line of a request, once it is answered or broken off. */
interface RequestFacts {
  requestId: string;
  method: string;
  path: string;
  query?: Record<string, string>;
  /** The pattern that answered; null where there is none. */
  route: string | null;
  status: number;
  durationMs: number;
  user: string | null;
  address: string | null;
}

/**
 * Gives each request its id (also in the answer) and logs it when it ends. Headers, bodies and queries at large never
 * reach the log.
 */
export function requestLog(log: Logger): (request: Request, response: Response, next: NextFunction) => void {
  const logged = pinoHttp<Request, Response>({
    logger: log,
    genReqId: idOf,
    wrapSerializers: false,
    // The facts say all of it.
    serializers: { req: nothing, res: nothing, err: nothing },
    customLogLevel: levelOf,
    customSuccessObject: (request, response, { responseTime }: { responseTime: number }) => factsOf(request, response, responseTime),
    customErrorObject: (request, response, _error, { responseTime }: { responseTime: number }) => factsOf(request, response, responseTime),
    customSuccessMessage: sentence,
    customErrorMessage: sentence,
  });
  return (request, response, next) => {
    const requestId = requestIdFrom(request.headers['x-request-id']);
    request.id = requestId;
    response.setHeader(REQUEST_ID_HEADER, requestId);
    inRequest(
      requestId,
      (over) => response.once('close', over),
      () => logged(request, response, next),
    );
  };
}

function idOf({ id }: Request): string {
  return typeof id === 'string' ? id : '';
}

function nothing(): undefined {
  return undefined;
}

function factsOf(request: Request, response: Response, durationMs: number): RequestFacts {
  const query = toldOf(request.originalUrl);
  return {
    requestId: idOf(request),
    method: request.method,
    path: pathOf(request.originalUrl),
    ...(Object.keys(query).length > 0 ? { query } : {}),
    route: routeOf(request),
    status: response.statusCode,
    durationMs,
    user: principalOf(request)?.name.slice(0, MAX_CHARS) ?? null,
    address: request.ip ?? null,
  };
}

function sentence(_request: Request, response: Response): string {
  return response.writableFinished ? 'answered' : 'broken off before the answer was complete';
}

function levelOf(request: Request, response: Response, error?: Error): LevelWithSilent {
  if (error || response.statusCode >= 500) return 'error';
  return CHECKS.test(pathOf(request.originalUrl)) && response.statusCode < 400 ? 'debug' : 'info';
}

function pathOf(url: string): string {
  return (url.split('?', 1)[0] ?? '').slice(0, MAX_CHARS);
}

function toldOf(url: string): Record<string, string> {
  const start = url.indexOf('?');
  const parameters = new URLSearchParams(start < 0 ? '' : url.slice(start + 1));
  return Object.fromEntries(TOLD.flatMap((name) => parameters.getAll(name).slice(0, 1).map((value) => [name, value.slice(0, MAX_CHARS)])));
}

function routeOf(request: Request): string | null {
  const route: unknown = request.route;
  const path: unknown = typeof route === 'object' && route !== null && 'path' in route ? route.path : null;
  return typeof path === 'string' ? path : null;
}
