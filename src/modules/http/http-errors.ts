import { GuidesError } from '../../contracts/errors.js';

/** The body of a request is larger than `http.maxBodyBytes`. */
export class BodyTooLargeError extends GuidesError {
  readonly code = 'BODY_TOO_LARGE';
  constructor() {
    super('The body of the request is too large.');
  }
}
