import { IsArray, IsBoolean, IsIn, IsInstance, IsNotEmpty, IsString, ValidateBy, ValidateIf, ValidateNested } from 'class-validator';
import { FILE_TYPES, type FileType } from '../../contracts/asset.js';
import { InvalidPathError } from '../../contracts/errors.js';
import { normalizePath } from '../../contracts/repository-path.js';
import type { FieldKinds } from './form-fields.js';

/** Messages are what follows the name of the field. */
const Optional = () => ValidateIf((_object, value) => value !== undefined);
const IsSafeInteger = () =>
  ValidateBy({ name: 'isSafeInteger', validator: { validate: Number.isSafeInteger, defaultMessage: () => 'must be a whole number' } });

/** Why this is no repository path; null when it is one. Excluded paths get their missing leading `/` first. */
function pathProblem(value: unknown, leadingSlash: 'required' | 'supplied'): string | null {
  if (value === undefined) return 'is required';
  if (typeof value !== 'string') return 'must be a string';
  if (value === '') return 'must not be empty';
  try {
    normalizePath(leadingSlash === 'supplied' && !value.startsWith('/') ? `/${value}` : value);
    return null;
  } catch (error) {
    return error instanceof InvalidPathError ? error.reason : 'is not usable';
  }
}

const IsPath = () =>
  ValidateBy({
    name: 'isPath',
    validator: {
      validate: (value) => pathProblem(value, 'required') === null,
      defaultMessage: (given) => pathProblem(given?.value, 'required') ?? '',
    },
  });

const AreExcludedPaths = () =>
  ValidateBy({
    name: 'areExcludedPaths',
    validator: {
      validate: (value) => excludedPathsProblem(value) === null,
      defaultMessage: (given) => excludedPathsProblem(given?.value) ?? '',
    },
  });

function excludedPathsProblem(value: unknown): string | null {
  if (!Array.isArray(value)) return 'must be a string or a list of strings';
  for (const [index, path] of value.entries()) {
    const problem = pathProblem(path, 'supplied');
    if (problem) return `[${index}] ${problem}`;
  }
  return null;
}

/** Which assets below the path are processed (http-api.md, "POST /assets/process"). */
export class StartFilterDto {
  @Optional()
  @IsIn(FILE_TYPES, { each: true, message: `must hold only ${FILE_TYPES.join(', ')}` })
  @IsArray({ message: 'must be a string or a list of strings' })
  fileTypes?: FileType[];

  @Optional()
  @IsSafeInteger()
  startTime?: number;

  @Optional()
  @IsSafeInteger()
  endTime?: number;

  @Optional()
  @IsBoolean({ message: 'must be true or false' })
  filterProcessedAssets?: boolean;
}

/** The request to start a job, once it is validated. */
export class StartDto {
  @IsPath()
  path!: string;

  @Optional()
  @AreExcludedPaths()
  excludedPaths?: string[];

  @IsNotEmpty({ message: 'is required' })
  @IsString({ message: ({ value }) => (value === undefined ? 'is required' : 'must be a string') })
  type!: string;

  @Optional()
  @ValidateNested({ message: 'must be an object' })
  @IsInstance(StartFilterDto, { message: 'must be an object' })
  filter?: StartFilterDto;

  @Optional()
  @IsBoolean({ message: 'must be true or false' })
  dryRun?: boolean;
}

export const START_FIELDS = {
  path: 'text',
  excludedPaths: 'list',
  type: 'text',
  'filter.fileTypes': 'list',
  'filter.startTime': 'integer',
  'filter.endTime': 'integer',
  'filter.filterProcessedAssets': 'boolean',
  dryRun: 'boolean',
} as const satisfies FieldKinds;
