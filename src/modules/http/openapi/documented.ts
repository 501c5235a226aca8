import { Reflector } from '@nestjs/core';
import type { Schema } from './schema.js';

export interface ParameterDocument {
  description: string;
  schema: Schema;
  required?: boolean;
  example: unknown;
}

export interface ContentDocument {
  schema: Schema;
  example: unknown;
  /** Of a stream: each line, or each event. */
  item?: Schema;
}

/** What a route takes and answers, as far as its code does not say. */
export interface RouteDocument {
  tag: 'jobs' | 'assets' | 'system';
  summary: string;
  description?: string;
  /** No login. */
  isPublic?: boolean;
  query?: Record<string, ParameterDocument>;
  /** Of the path. */
  params?: Record<string, ParameterDocument>;
  /** JSON and forms alike. */
  body?: ContentDocument & { required: boolean };
  /** The 200, by its content type. */
  answer: Record<string, ContentDocument>;
}

/** Every route has one: a test walks them. Plain data, so that a mount does not load Swagger until somebody asks for the document. */
export const Documented = Reflector.createDecorator<RouteDocument>();
