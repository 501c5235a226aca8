import { Inject, Injectable } from '@nestjs/common';
import type { SystemProbe, SystemStatus } from '../../contracts/processing-api.js';
import { SYSTEM_PROBE } from '../../contracts/tokens.js';

/** Longer than this is no answer (http-api.md, "GET /system/status"). */
const ANSWER_WITHIN_MS = 2000;

/** Asks the database for a sign of life, in bounded time. */
@Injectable()
export class DatabaseCheck {
  /** A question that is still open is not asked again: it would only take another connection. */
  private open: Promise<boolean> | null = null;

  constructor(@Inject(SYSTEM_PROBE) private readonly probe: SystemProbe) {}

  async status(): Promise<SystemStatus> {
    return { isDatabase: this.probe.isDatabase, databaseConnectionCheck: (await this.answers()) ? 'passed' : 'failed' };
  }

  async answers(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), ANSWER_WITHIN_MS);
    });
    try {
      return await Promise.race([this.ask(), timeout]);
    } finally {
      clearTimeout(timer);
    }
  }

  private ask(): Promise<boolean> {
    this.open ??= this.probe
      .ping()
      .then(
        () => true,
        () => false,
      )
      .finally(() => {
        this.open = null;
      });
    return this.open;
  }
}
