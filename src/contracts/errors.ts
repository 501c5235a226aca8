/** Base of every error this module raises on purpose; only `http/` turns codes into status codes. */
export abstract class GuidesError extends Error {
  abstract readonly code: string;
  /** True when the same call may succeed later without a change. */
  readonly retryable: boolean = false;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

export class InvalidPathError extends GuidesError {
  readonly code = 'INVALID_PATH';
  constructor(
    readonly path: string,
    readonly reason: string,
  ) {
    super(`The path ${reason}.`);
  }
}

/** A request that names something unknown or asks for what cannot be. */
export class InvalidRequestError extends GuidesError {
  readonly code = 'INVALID_REQUEST';
  constructor(
    message: string,
    readonly details: string[] = [],
  ) {
    super(message);
  }
}

export class UnknownJobError extends GuidesError {
  readonly code = 'UNKNOWN_JOB';
  /** @param field the name by which the caller knows the id */
  constructor(
    readonly id: string,
    field: 'processingId' | 'jobId' = 'processingId',
  ) {
    super(`No job with ${field} "${id.slice(0, 64)}" exists.`);
  }
}

/** A job of the same type is already active for the path (processing.md, rule 7). */
export class JobAlreadyActiveError extends GuidesError {
  readonly code = 'JOB_ALREADY_ACTIVE';
  constructor(
    readonly path: string,
    readonly processingId: string,
  ) {
    super(`A job of this type is already active for ${path}: ${processingId}.`);
  }
}

/** The job's state does not allow what was asked. */
export class IllegalJobStateError extends GuidesError {
  readonly code = 'ILLEGAL_JOB_STATE';
}

export class ForbiddenError extends GuidesError {
  readonly code = 'FORBIDDEN';
}

/** Another worker owns the batch, or the job was cancelled meanwhile: drop the work (processing.md, rule 3). */
export class LeaseLostError extends GuidesError {
  readonly code = 'LEASE_LOST';
}

/** Assets changed while they were processed; they must be read and processed again. */
export class StaleAssetsError extends GuidesError {
  readonly code = 'STALE_ASSETS';
  constructor(readonly paths: string[]) {
    super(`${paths.length} asset(s) changed while they were processed.`);
  }
}

/** The database does not answer or the connection broke: the caller may try again. */
export class RepositoryUnavailableError extends GuidesError {
  readonly code = 'REPOSITORY_UNAVAILABLE';
  override readonly retryable = true;
}

/** The configuration cannot be used; the message names the setting. */
export class ConfigurationError extends GuidesError {
  readonly code = 'CONFIGURATION';
}

/** The connection broke while COMMIT was under way: read again what is there, never guess. */
export class AmbiguousCommitError extends GuidesError {
  readonly code = 'AMBIGUOUS_COMMIT';
  override readonly retryable = true;
}
