import { GuidesError } from '../../contracts/errors.js';

/** The request names no known user. */
export class UnauthenticatedError extends GuidesError {
  readonly code = 'UNAUTHENTICATED';
  /** @param challenges the schemes in use, for `WWW-Authenticate` */
  constructor(readonly challenges: readonly string[]) {
    // One text for all: it must not tell a wrong password from an unknown user (http-api.md, "Who may call").
    super('Sign in to use this service: the request names no known user.');
  }
}

/** Too many logins of this sender have failed lately. */
export class TooManyFailedLoginsError extends GuidesError {
  readonly code = 'TOO_MANY_FAILED_LOGINS';
  override readonly retryable = true;
  constructor(readonly retryAfterSeconds: number) {
    super(`Too many failed logins; try again in ${retryAfterSeconds} s.`);
  }
}

/** More sign-ins at once than the service checks. */
export class TooManySignInsError extends GuidesError {
  readonly code = 'TOO_MANY_SIGN_INS';
  override readonly retryable = true;
  constructor() {
    super('Too many sign-ins at once; try again in a moment.');
  }
}
