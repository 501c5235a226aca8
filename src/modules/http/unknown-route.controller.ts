import { All, Req } from '@nestjs/common';
import type { Request } from 'express';
import { InvalidRequestError } from '../../contracts/errors.js';
import { GuidesController } from './guides-controller.js';

/** Whatever else lies below the base path. Must come after all other controllers. */
@GuidesController('')
export class UnknownRouteController {
  /** @throws InvalidRequestError always: the published API knows no 404. */
  @All(['', '*path'])
  refuse(@Req() request: Request): never {
    const [path = ''] = request.originalUrl.split('?', 1);
    throw new InvalidRequestError(`There is no ${request.method} ${path.slice(0, 200)}.`);
  }
}
