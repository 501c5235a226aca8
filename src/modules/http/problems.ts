import { InvalidRequestError } from '../../contracts/errors.js';

/** More than anybody reads; keeps the answer to a hostile body small. */
const MAX_PROBLEMS = 20;

/** One error for all that is wrong with a request: one sentence, and the details when there are several. */
export function problemsError(problems: readonly string[]): InvalidRequestError {
  const sentences = problems.slice(0, MAX_PROBLEMS).map((problem) => `${problem}.`);
  const [first = 'The request is not usable.'] = sentences;
  return problems.length === 1
    ? new InvalidRequestError(first)
    : new InvalidRequestError(`The request has ${problems.length} problems, the first: ${first}`, sentences);
}

/** Repeats the name, but never much of it. */
export function unknownField(name: string): string {
  return `${JSON.stringify(name.slice(0, 64))} is not a field of this request`;
}
