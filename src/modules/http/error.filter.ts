import { randomUUID } from 'node:crypto';
import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { Request, Response } from 'express';
import { setAnswerHeaders } from './answer-headers.js';
import { answerOf, type ErrorAnswer, internalAnswer } from './error-answer.js';
import { errorText } from './error-text.js';

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
    setAnswerHeaders(response);
    response.status(body.statusCode).json(body);
  }

  private logged(error: unknown, request: Request): ErrorAnswer {
    const errorId = randomUUID();
    this.logger.error(`${errorId} ${request.method} ${request.path}: ${errorText(error)}`);
    return internalAnswer(errorId);
  }
}
