import { AsyncLocalStorage } from 'node:async_hooks';

interface RequestScope {
  readonly requestId: string;
  answered: boolean;
}

const scopes = new AsyncLocalStorage<RequestScope>();

/** Runs `work`, and all that it sets off, as part of the request, until `whenAnswered` says that it is over. */
export function inRequest(requestId: string, whenAnswered: (over: () => void) => void, work: () => void): void {
  const scope: RequestScope = { requestId, answered: false };
  whenAnswered(() => (scope.answered = true));
  scopes.run(scope, work);
}

/** The request that this code runs for; null outside of one, and for work that a request began and that outlives it. */
export function currentRequestId(): string | null {
  const scope = scopes.getStore();
  return scope && !scope.answered ? scope.requestId : null;
}
