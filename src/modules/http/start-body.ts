import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { type ValidationError, validateSync } from 'class-validator';
import { fieldsOf } from './body-fields.js';
import { problemsError } from './problems.js';
import { isMapping } from './request-body.js';
import { refuseQuery } from './request-query.js';
import { START_FIELDS, StartDto, StartFilterDto } from './start.dto.js';

/** The validated request to start a job. Not `@Body()`, so that a host's global pipes leave it alone. */
export const StartBody = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  startDtoOf(context.switchToHttp().getRequest<Request>()),
);

/** @throws InvalidRequestError with all that is wrong */
function startDtoOf(request: Request): StartDto {
  refuseQuery(request);
  const problems: string[] = [];
  const fields = fieldsOf(request, START_FIELDS, problems);
  const { path, type, dryRun } = fields;
  const dto = Object.assign(new StartDto(), { path, type, dryRun, excludedPaths: listOf(fields.excludedPaths) });
  dto.filter = isMapping(fields.filter) ? filterOf(fields.filter) : (fields.filter as StartFilterDto | undefined);
  problems.push(...sentences(validateSync(dto), ''));
  if (problems.length > 0) throw problemsError([...new Set(problems)]);
  return dto;
}

function filterOf(fields: Record<string, unknown>): StartFilterDto {
  const { startTime, endTime, filterProcessedAssets } = fields;
  return Object.assign(new StartFilterDto(), { fileTypes: listOf(fields.fileTypes), startTime, endTime, filterProcessedAssets });
}

/** A single text may hold several, comma-separated; elements of a list are exact. */
function listOf(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function sentences(errors: readonly ValidationError[], prefix: string): string[] {
  return errors.flatMap(({ property, constraints = {}, children = [] }) => {
    const name = `${prefix}${property}`;
    const reason = Object.values(constraints).at(0);
    const own = reason === undefined ? [] : [reason.startsWith('[') ? `${name}${reason}` : `${name} ${reason}`];
    return [...own, ...sentences(children, `${name}.`)];
  });
}
