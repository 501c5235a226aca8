import { GuidesError } from '../../contracts/errors.js';

/** The body of a request is larger than `http.maxBodyBytes`. */
export class BodyTooLargeError extends GuidesError {
  readonly code = 'BODY_TOO_LARGE';
  constructor(maxBodyBytes: number) {
    super(`The body is larger than ${maxBodyBytes} bytes.`);
  }
}

/** As many streams of events are open as `http.maxEventStreams` allows. */
export class TooManyStreamsError extends GuidesError {
  readonly code = 'TOO_MANY_STREAMS';
  override readonly retryable = true;
  constructor() {
    super('Too many streams of events are open; ask for the status instead, or try again later.');
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
