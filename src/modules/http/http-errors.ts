import { GuidesError } from '../../contracts/errors.js';

/** The body of a request is larger than `http.maxBodyBytes`. */
export class BodyTooLargeError extends GuidesError {
  readonly code = 'BODY_TOO_LARGE';
  constructor() {
    super('The body of the request is too large.');
  }
}

/** Whoever was to answer took longer than `http.answerTimeoutMs`. */
export class AnswerOverdueError extends GuidesError {
  readonly code = 'ANSWER_OVERDUE';
  override readonly retryable = true;
  constructor() {
    super('The answer took too long.');
  }
}
