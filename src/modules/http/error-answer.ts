import { HttpException } from '@nestjs/common';
import { ForbiddenError, GuidesError, InvalidRequestError, JobAlreadyActiveError } from '../../contracts/errors.js';
import { TooManyFailedLoginsError, TooManySignInsError, UnauthenticatedError } from '../auth/auth-errors.js';
import { BodyTooLargeError, TooManyStreamsError } from './http-errors.js';

const REASONS = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  413: 'Payload Too Large',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
} as const;
/** The only codes that errors are answered with (http-api.md, introduction). */
export type ErrorStatus = keyof typeof REASONS;

/** The one shape of an error; the fields stand in the order in which they are sent. */
export interface ErrorBody {
  statusCode: ErrorStatus;
  error: string;
  message: string;
  details?: string[];
  /** The job that stands in the way of a new one. */
  processingId?: string;
  /** Also in the server's log, with all that the answer does not say. */
  errorId?: string;
}

export interface ErrorAnswer {
  body: ErrorBody;
  headers: Record<string, string | string[]>;
}

/** How an error that was meant for the caller is answered; null for all others, which are this service's fault. */
export function answerOf(error: unknown): ErrorAnswer | null {
  if (error instanceof UnauthenticatedError) {
    return answer(401, error.message, {}, { 'WWW-Authenticate': [...error.challenges] });
  }
  if (error instanceof ForbiddenError) return answer(403, error.message);
  if (error instanceof BodyTooLargeError) return answer(413, error.message);
  if (error instanceof TooManySignInsError) return answer(429, error.message, {}, { 'Retry-After': '1' });
  if (error instanceof TooManyStreamsError) return answer(429, error.message, {}, { 'Retry-After': '10' });
  if (error instanceof TooManyFailedLoginsError) return answer(429, error.message, {}, { 'Retry-After': String(error.retryAfterSeconds) });
  if (error instanceof JobAlreadyActiveError) return answer(400, error.message, { processingId: error.processingId });
  if (error instanceof InvalidRequestError) {
    return answer(400, error.message, error.details.length > 1 ? { details: error.details } : {});
  }
  if (error instanceof GuidesError && CALLERS_FAULT.has(error.code)) return answer(400, error.message);
  if (error instanceof HttpException && error.getStatus() < 500) return answer(nearest(error.getStatus()), error.message);
  return null;
}

export function internalAnswer(errorId: string): ErrorAnswer {
  return answer(500, 'The service failed to answer; its log has more under this errorId.', { errorId });
}

const CALLERS_FAULT = new Set(['INVALID_PATH', 'UNKNOWN_JOB', 'ILLEGAL_JOB_STATE']);

function answer(
  status: ErrorStatus,
  message: string,
  extra: Pick<ErrorBody, 'details' | 'processingId' | 'errorId'> = {},
  headers: ErrorAnswer['headers'] = {},
): ErrorAnswer {
  return { body: { statusCode: status, error: REASONS[status], message, ...extra }, headers };
}

function nearest(status: number): ErrorStatus {
  return status === 401 || status === 403 || status === 413 || status === 429 ? status : 400;
}
