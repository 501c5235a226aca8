import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { UnknownJobError } from '../../contracts/errors.js';
import type { JobSnapshot, ProcessingApi } from '../../contracts/processing-api.js';
import type { GuidesSettings } from '../../contracts/settings.js';
import { PROCESSING_API, SETTINGS } from '../../contracts/tokens.js';
import { TooManyStreamsError } from './http-errors.js';

/** At most four status objects a second (http-api.md, "Also"). */
const LOOK_MS = 250;

/**
 * Jobs as they change, for whoever watches them on this instance. The database is asked, so it does not matter which instance does the
 * work; all that watch one job share each look at it.
 */
@Injectable()
export class JobChanges implements OnModuleDestroy {
  private readonly looks = new Map<string, Promise<JobSnapshot | null>>();
  private readonly ending = new AbortController();
  private watchers = 0;

  constructor(
    @Inject(PROCESSING_API) private readonly processing: ProcessingApi,
    @Inject(SETTINGS) private readonly settings: Pick<GuidesSettings, 'http'>,
  ) {}

  /** Whoever watches would keep the server from closing. */
  onModuleDestroy(): void {
    this.ending.abort();
  }

  /**
   * The job now and then again and again, whether it has changed or not, until it is over, gone, or the service ends. Whoever reads
   * slowly misses what was in between.
   * @throws TooManyStreamsError
   */
  watch(first: JobSnapshot): AsyncIterable<JobSnapshot> {
    if (this.watchers >= this.settings.http.maxEventStreams) throw new TooManyStreamsError();
    return this.snapshots(first);
  }

  private async *snapshots(first: JobSnapshot): AsyncGenerator<JobSnapshot> {
    this.watchers++;
    try {
      for (let snapshot: JobSnapshot | null = first; snapshot; snapshot = await this.next(snapshot)) {
        yield snapshot;
        if (snapshot.job.status !== 'WAITING' && snapshot.job.status !== 'IN_PROGRESS') return;
      }
    } finally {
      this.watchers--;
    }
  }

  /** Null when there is nothing more to come. While the database is away the job stays as it was last seen. */
  private async next(last: JobSnapshot): Promise<JobSnapshot | null> {
    const { processingId } = last.job;
    const look = this.looks.get(processingId) ?? this.look(processingId);
    this.looks.set(processingId, look);
    try {
      return await look;
    } catch (error) {
      return error instanceof UnknownJobError ? null : last;
    }
  }

  private async look(processingId: string): Promise<JobSnapshot | null> {
    try {
      await delay(LOOK_MS, undefined, { signal: this.ending.signal, ref: false });
      return await this.processing.snapshot(processingId);
    } catch (error) {
      if (this.ending.signal.aborted) return null;
      throw error;
    } finally {
      this.looks.delete(processingId);
    }
  }
}
