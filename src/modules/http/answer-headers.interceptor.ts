import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Response } from 'express';
import type { Observable } from 'rxjs';
import { setAnswerHeaders } from './answer-headers.js';

/** The headers of every answer that is no error. */
@Injectable()
export class AnswerHeadersInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    setAnswerHeaders(context.switchToHttp().getResponse<Response>());
    return next.handle();
  }
}
