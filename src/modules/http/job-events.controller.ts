import { Readable } from 'node:stream';
import { Get, Inject, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Principal } from '../../contracts/auth.js';
import type { JobSnapshot } from '../../contracts/processing-api.js';
import { CurrentPrincipal } from '../auth/principal.js';
import { GuidesController } from './guides-controller.js';
import { JobAccess } from './job-access.js';
import { JobChanges } from './job-changes.js';
import { statusOf } from './job-view.js';
import { Documented } from './openapi/documented.js';
import { EVENTS } from './openapi/routes.js';
import { Query, RequestQuery } from './request-query.js';
import { sendStream } from './response-stream.js';

/** Proxies close connections on which nothing comes; a minute is usual. */
const SILENCE_MS = 15_000;

/** A job's status as it changes, as server-sent events. */
@GuidesController('assets/process')
export class JobEventsController {
  constructor(
    @Inject(JobAccess) private readonly jobs: JobAccess,
    @Inject(JobChanges) private readonly changes: JobChanges,
  ) {}

  @Documented(EVENTS)
  @Get('events')
  async events(@CurrentPrincipal() principal: Principal, @Query() query: RequestQuery, @Req() request: Request, @Res() response: Response): Promise<void> {
    const first = await this.jobs.snapshot(principal, query.only('processingId'));
    const events = eventsOf(this.changes.watch(first), () => response.closed);
    response.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
    // nginx would gather what is to be seen at once.
    response.setHeader('X-Accel-Buffering', 'no');
    await sendStream(request, response, Readable.from(events, { objectMode: false, highWaterMark: 1 }));
  }
}

/** A `message` event with the status object at each change, and a comment where there has been none for long. */
async function* eventsOf(snapshots: AsyncIterable<JobSnapshot>, isGone: () => boolean): AsyncGenerator<string> {
  let shown = '';
  let sentAtMs = 0;
  for await (const snapshot of snapshots) {
    // Nothing is written for long, so nothing else would end this.
    if (isGone()) return;
    const status = JSON.stringify(statusOf(snapshot));
    if (status === shown && performance.now() - sentAtMs < SILENCE_MS) continue;
    yield status === shown ? ': nothing new\n\n' : `data: ${status}\n\n`;
    shown = status;
    sentAtMs = performance.now();
  }
}
