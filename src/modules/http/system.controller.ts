import { Get, Inject } from '@nestjs/common';
import type { SystemStatus } from '../../contracts/processing-api.js';
import { DatabaseCheck } from './database-check.js';
import { GuidesController } from './guides-controller.js';
import { Documented } from './openapi/documented.js';
import { SYSTEM } from './openapi/routes.js';

@GuidesController('system')
export class SystemController {
  constructor(@Inject(DatabaseCheck) private readonly database: DatabaseCheck) {}

  @Documented(SYSTEM)
  @Get('status')
  status(): Promise<SystemStatus> {
    return this.database.status();
  }
}
