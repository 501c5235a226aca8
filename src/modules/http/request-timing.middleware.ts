import { Inject, Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import type { ProcessingObserver } from '../../contracts/metrics.js';
import { PROCESSING_OBSERVER } from '../../contracts/tokens.js';

/** Times every request below the base path, refused ones too. */
@Injectable()
export class RequestTimingMiddleware implements NestMiddleware {
  constructor(@Inject(PROCESSING_OBSERVER) private readonly observer: ProcessingObserver) {}

  use(request: Request, response: Response, next: NextFunction): void {
    const started = performance.now();
    response.once('close', () => {
      // Known only when it has been routed. Anything else than the pattern would make as many series as there are URLs.
      const route = request.route as { path?: unknown } | undefined;
      const pattern = typeof route?.path === 'string' ? route.path : 'none';
      this.observer.requestAnswered(METHODS.has(request.method) ? request.method : 'other', pattern, response.statusCode, (performance.now() - started) / 1000);
    });
    next();
  }
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
