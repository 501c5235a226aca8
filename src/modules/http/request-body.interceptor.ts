import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Observable } from 'rxjs';
import type { GuidesSettings } from '../../contracts/settings.js';
import { SETTINGS } from '../../contracts/tokens.js';
import { rememberBody } from './body-fields.js';
import { RequestBodyReader } from './request-body.js';

/**
 * Reads the body after the guards: an unknown user is refused before a byte is parsed, and errors of the parser get
 * the shape of all others.
 */
@Injectable()
export class RequestBodyInterceptor implements NestInterceptor {
  private readonly reader: RequestBodyReader;

  constructor(@Inject(SETTINGS) settings: GuidesSettings) {
    this.reader = new RequestBodyReader(settings.http.maxBodyBytes);
  }

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    rememberBody(request, await this.reader.read(request, http.getResponse<Response>()));
    return next.handle();
  }
}
