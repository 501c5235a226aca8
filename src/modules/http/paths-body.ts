import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { InvalidPathError } from '../../contracts/errors.js';
import { normalizePath } from '../../contracts/repository-path.js';
import { fieldsOf } from './body-fields.js';
import type { FieldKinds } from './form-fields.js';
import { problemsError } from './problems.js';
import { refuseQuery } from './request-query.js';

/** Normalized paths. */
export interface PathsBody {
  paths: string[];
  excludedPaths: string[];
}

const FIELDS = { path: 'text', paths: 'list', excludedPaths: 'list' } as const satisfies FieldKinds;

/** `path` or `paths`, and `excludedPaths`, of a JSON or form body. */
export const AskedPaths = createParamDecorator((_data: unknown, context: ExecutionContext) => pathsOf(context.switchToHttp().getRequest<Request>()));

/** @throws InvalidRequestError with all that is wrong */
function pathsOf(request: Request): PathsBody {
  refuseQuery(request);
  const problems: string[] = [];
  const { path, paths, excludedPaths } = fieldsOf(request, FIELDS, problems);
  if (path !== undefined && paths !== undefined) problems.push('path and paths exclude each other');
  if (path === undefined && paths === undefined) problems.push('paths is required');
  const asked = path !== undefined ? normalized('path', [path], 'required', problems) : listed('paths', paths, 'required', problems);
  if (paths !== undefined && asked.length === 0 && problems.length === 0) problems.push('paths must name at least one path');
  const excluded = listed('excludedPaths', excludedPaths, 'supplied', problems);
  if (problems.length > 0) throw problemsError(problems);
  return { paths: asked, excludedPaths: excluded };
}

/** A single text may hold several, comma-separated; elements of a list are exact. */
function listed(name: string, value: unknown, leadingSlash: 'required' | 'supplied', problems: string[]): string[] {
  if (value === undefined) return [];
  const elements: unknown = typeof value === 'string' ? value.split(',').map((part) => part.trim()).filter((part) => part !== '') : value;
  if (Array.isArray(elements)) return normalized(name, elements, leadingSlash, problems);
  problems.push(`${name} must be a string or a list of strings`);
  return [];
}

function normalized(name: string, values: readonly unknown[], leadingSlash: 'required' | 'supplied', problems: string[]): string[] {
  const paths: string[] = [];
  for (const [i, value] of values.entries()) {
    const shown = values.length > 1 ? `${name}[${i}]` : name;
    if (typeof value !== 'string') problems.push(`${shown} must be a string`);
    else if (value === '') problems.push(`${shown} must not be empty`);
    else {
      try {
        paths.push(normalizePath(leadingSlash === 'supplied' && !value.startsWith('/') ? `/${value}` : value));
      } catch (error) {
        problems.push(`${shown} ${error instanceof InvalidPathError ? error.reason : 'is not usable'}`);
      }
    }
  }
  return paths;
}
