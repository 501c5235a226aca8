import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { InvalidRequestError } from '../../contracts/errors.js';
import { problemsError } from './problems.js';

/** An integer parameter, and what it is when it is left out. */
interface IntegerParameter<D> {
  /** 0 when it is left out. */
  min?: number;
  max: number;
  absent: D;
}

/**
 * Reads the parameters of a query, collecting what is wrong with them. From the URL itself: how Express parses the
 * query is the host's choice.
 */
export class RequestQuery {
  private readonly parameters: URLSearchParams;
  private readonly problems: string[] = [];

  constructor(url: string) {
    const start = url.indexOf('?');
    this.parameters = new URLSearchParams(start < 0 ? '' : url.slice(start + 1));
  }

  /** The parameter, or null when it is left out or wrong. */
  optional(name: string): string | null {
    const values = this.parameters.getAll(name);
    if (values.length > 1) this.problems.push(`${name} must be given once`);
    return values.length === 1 ? (values[0] ?? null) : null;
  }

  /** The parameter, or '' and a problem. */
  required(name: string): string {
    const value = this.optional(name);
    if (!value && this.parameters.getAll(name).length <= 1) this.problems.push(`${name} is required`);
    return value ?? '';
  }

  /** Digits only: no sign, no fraction, no exponent, no space. */
  integer<D>(name: string, { min = 0, max, absent }: IntegerParameter<D>): number | D {
    const value = this.optional(name);
    if (value === null) return absent;
    const number = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
    if (Number.isSafeInteger(number) && number >= min && number <= max) return number;
    this.problems.push(`${name} must be a whole number from ${min} to ${max}`);
    return absent;
  }

  has(name: string): boolean {
    return this.parameters.has(name);
  }

  problem(text: string): void {
    this.problems.push(text);
  }

  /** Call before the values are used. @throws InvalidRequestError when something is wrong */
  check(): void {
    if (this.problems.length > 0) throw problemsError(this.problems);
  }

  /** The only parameter of a route. @throws InvalidRequestError */
  only(name: string): string {
    const value = this.required(name);
    this.check();
    return value;
  }
}

/** For requests whose fields are all in the body. @throws InvalidRequestError when there is any parameter */
export function refuseQuery({ originalUrl }: Pick<Request, 'originalUrl'>): void {
  // An exclusion that is overlooked processes what was to be left out.
  if (/\?./.test(originalUrl)) throw new InvalidRequestError('The fields of this request belong in the body, not in the query.');
}

export const Query = createParamDecorator(
  (_data: unknown, context: ExecutionContext) => new RequestQuery(context.switchToHttp().getRequest<Request>().originalUrl),
);
