import { type CanActivate, Inject, Injectable } from '@nestjs/common';
import { InvalidRequestError } from '../../contracts/errors.js';
import type { GuidesSettings } from '../../contracts/settings.js';
import { SETTINGS } from '../../contracts/tokens.js';

/** A worker serves the health checks and nothing else, whoever asks (processing.md, "Executors"). */
@Injectable()
export class RoleGuard implements CanActivate {
  constructor(@Inject(SETTINGS) private readonly settings: Pick<GuidesSettings, 'role'>) {}

  /** @throws InvalidRequestError in a worker: the published API knows no 404. */
  canActivate(): boolean {
    if (this.settings.role !== 'worker') return true;
    throw new InvalidRequestError('This process is a worker and has no API; ask one whose role is api or all.');
  }
}
