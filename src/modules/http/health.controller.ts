import { type BeforeApplicationShutdown, Get, Inject, type OnModuleDestroy } from '@nestjs/common';
import { RepositoryUnavailableError } from '../../contracts/errors.js';
import { DatabaseCheck } from './database-check.js';
import { PublicGuidesController } from './guides-controller.js';
import { Documented } from './openapi/documented.js';
import { LIVE, READY } from './openapi/routes.js';

/** For orchestrators; says nothing that needs a login. */
@PublicGuidesController('health')
export class HealthController implements OnModuleDestroy, BeforeApplicationShutdown {
  private shuttingDown = false;

  constructor(@Inject(DatabaseCheck) private readonly database: DatabaseCheck) {}

  onModuleDestroy(): void {
    this.shuttingDown = true;
  }

  beforeApplicationShutdown(): void {
    this.shuttingDown = true;
  }

  @Documented(LIVE)
  @Get('live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** @throws RepositoryUnavailableError, answered with 500: the contract knows no 503. */
  @Documented(READY)
  @Get('ready')
  async ready(): Promise<{ status: 'ok' }> {
    if (this.shuttingDown) throw new RepositoryUnavailableError('The service is shutting down.');
    if (!(await this.database.answers())) throw new RepositoryUnavailableError('The database does not answer.');
    return { status: 'ok' };
  }
}
