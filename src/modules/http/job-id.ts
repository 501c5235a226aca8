import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { fieldsOf } from './body-fields.js';
import { problemsError } from './problems.js';
import { RequestQuery } from './request-query.js';

/** `processingId` of a JSON body, a form body or the query string. */
export const JobId = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  jobIdOf(context.switchToHttp().getRequest<Request>()),
);

/** @throws InvalidRequestError when it is missing, mistyped, or body and query name two jobs */
function jobIdOf(request: Request): string {
  const problems: string[] = [];
  const inBody = fieldsOf(request, { processingId: 'text' }, problems).processingId;
  if (problems.length > 0) throw problemsError(problems);
  const query = new RequestQuery(request.originalUrl);
  if (inBody === undefined) return query.only('processingId');
  if (typeof inBody !== 'string' || inBody === '') throw problemsError(['processingId must be a string']);
  const inQuery = query.optional('processingId');
  query.check();
  if (inQuery !== null && inQuery !== inBody) throw problemsError(['processingId differs between the body and the query']);
  return inBody;
}
