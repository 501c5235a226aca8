import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { Request, Response } from 'express';
import { answerOf, type ErrorAnswer, internalAnswer } from './error-answer.js';

/** Answers every error of these controllers in the one shape; what is not the caller's fault is logged and kept from him. */
@Catch()
export class GuidesErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger('GuidesHttp');

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    const { body, headers } = answerOf(error) ?? this.logged(error, request);
    if (response.headersSent) {
      // A stream that broke must not look complete.
      response.destroy();
      return;
    }
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.setHeader('Cache-Control', 'no-store');
    response.status(body.statusCode).json(body);
  }

  private logged(error: unknown, request: Request): ErrorAnswer {
    const errorId = randomUUID();
    this.logger.error(`${errorId} ${request.method} ${request.path}: ${inspect(error)}`);
    return internalAnswer(errorId);
  }
}
