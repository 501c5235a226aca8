import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Observable } from 'rxjs';
import { setAnswerHeaders } from './answer-headers.js';

/** `If-None-Match: *` makes a 304 of any answer, and its likes a 412; the contract has neither. */
const CONDITIONS = ['if-none-match', 'if-modified-since', 'if-match', 'if-unmodified-since', 'if-range', 'range'];

/** The headers of every answer that is no error, and of no request those that ask for a part of it or for none. */
@Injectable()
export class AnswerHeadersInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const { headers } = http.getRequest<Request>();
    for (const name of CONDITIONS) Reflect.deleteProperty(headers, name);
    setAnswerHeaders(http.getResponse<Response>());
    return next.handle();
  }
}
