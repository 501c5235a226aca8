import { Get, Inject, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { MetricsApi } from '../../contracts/metrics.js';
import { METRICS_API } from '../../contracts/tokens.js';
import { GuidesController } from './guides-controller.js';
import { Documented } from './openapi/documented.js';
import { METRICS } from './openapi/routes.js';

/** For Prometheus, with a login; `metrics.port` serves the same without. */
@GuidesController('metrics')
export class MetricsController {
  constructor(@Inject(METRICS_API) private readonly metrics: MetricsApi) {}

  @Documented(METRICS)
  @Get()
  async read(@Res() response: Response): Promise<void> {
    const text = await this.metrics.text();
    response.setHeader('Content-Type', this.metrics.contentType);
    response.end(text);
  }
}
