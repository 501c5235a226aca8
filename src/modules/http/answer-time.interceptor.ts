import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Observable } from 'rxjs';
import { InvalidRequestError } from '../../contracts/errors.js';
import type { GuidesSettings } from '../../contracts/settings.js';
import { SETTINGS } from '../../contracts/tokens.js';
import { AnswerOverdueError } from './http-errors.js';

/**
 * Bounds the time until an answer begins, whatever a database or a host's repository does; once it has begun, it takes
 * as long as it takes. What was asked for may still happen afterwards.
 */
@Injectable()
export class AnswerTimeInterceptor implements NestInterceptor {
  constructor(@Inject(SETTINGS) private readonly settings: GuidesSettings) {}

  /** @throws AnswerOverdueError; InvalidRequestError where it is the body that has not come */
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    return new Observable((subscriber) => {
      const timer = setTimeout(() => {
        if (response.headersSent) return;
        subscriber.error(request.complete ? new AnswerOverdueError() : new InvalidRequestError('The body did not arrive in time.'));
      }, this.settings.http.answerTimeoutMs);
      const answering = next.handle().subscribe(subscriber);
      return () => {
        clearTimeout(timer);
        answering.unsubscribe();
      };
    });
  }
}
