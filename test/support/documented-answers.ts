import type { NestExpressApplication } from '@nestjs/platform-express';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { NextFunction, Request, Response } from 'express';
import { ApiDocument } from '../../src/modules/http/openapi/api-document.js';

interface Content {
  schema: object;
  'x-item-schema'?: object;
}
interface Operation {
  responses: Partial<Record<string, { content?: Partial<Record<string, Content>> }>>;
}
export interface Document {
  paths: Partial<Record<string, Partial<Record<string, Operation>>>>;
  components: { schemas: Record<string, object> };
}

/** One answer, as it went over the wire. */
export interface Answer {
  method: string;
  /** As Express writes it; null where nothing was routed. */
  route: string | null;
  status: number;
  contentType: string;
  body: string;
}

const BELOW_BASE = /^\/bin\/guides\/v1(?:[/?]|$)/i;
/** A long stream is not held in memory: its first lines tell. */
const MAX_BODY_BYTES = 1_000_000;

const undocumented: string[] = [];
let checking: Promise<void> = Promise.resolve();

// Whatever a test asks a service, the answer must be as the OpenAPI document says.
afterEach(async () => {
  await checking;
  const problems = undocumented.splice(0);
  if (problems.length > 0) throw new Error(`Not as the OpenAPI document says:\n${problems.slice(0, 10).join('\n')}`);
});

/** Holds every answer below the base path to the OpenAPI document of the service. Call it before the service listens. */
export function holdToDocument(app: NestExpressApplication): void {
  let checker: Promise<AnswerChecker> | null = null;
  app.use((request: Request, response: Response, next: NextFunction) => {
    const body = recorded(response);
    response.once('finish', () => {
      checker ??= app.get(ApiDocument, { strict: false }).read().then((document) => new AnswerChecker(document as unknown as Document));
      const route = request.route as { path?: unknown } | undefined;
      const answer: Answer = {
        method: request.method,
        route: typeof route?.path === 'string' ? route.path : null,
        status: response.statusCode,
        contentType: String(response.getHeader('content-type') ?? ''),
        body: body(),
      };
      // Whatever is below the base path is some route's to answer, also what no route is known for.
      if (answer.route === null && BELOW_BASE.test(request.originalUrl)) undocumented.push(`${answer.method} ${request.originalUrl} ${answer.status}: no route has answered`);
      const checked = checker.then(
        (rules) => undocumented.push(...rules.problemsOf(answer)),
        (error: unknown) => undocumented.push(`There is no document: ${String(error)}`),
      );
      checking = Promise.all([checking, checked]).then(() => undefined);
    });
    next();
  });
}

/** Compares answers with a document. */
export class AnswerChecker {
  private readonly ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: false }));
  private readonly validators = new Map<string, ValidateFunction>();

  constructor(private readonly document: Document) {
    this.ajv.addSchema({ $id: 'document', components: document.components }, 'document');
  }

  problemsOf({ method, route, status, contentType, body }: Answer): string[] {
    if (route === null) return [];
    const name = `${method} ${route} ${status}`;
    const type = contentType.split(';', 1)[0] ?? '';
    // What takes every other path is in no document; it knows errors only.
    if (this.isCatchAll(route)) return status >= 400 ? this.check(name, { $ref: '#/components/schemas/Error' }, body) : [`${name}: an unknown route answers`];
    const operation = this.document.paths[route.replace(/:(\w+)/g, '{$1}')]?.[method === 'HEAD' ? 'get' : method.toLowerCase()];
    if (!operation) return [`${name}: the route is not documented`];
    const response = operation.responses[String(status)];
    if (!response) return [`${name}: the status is not documented`];
    const content = response.content?.[type];
    if (!content) return [`${name}: the type "${type}" is not documented`];
    if (method === 'HEAD') return [];
    const item = content['x-item-schema'];
    if (item) return itemsOf(type, body).flatMap((text) => this.check(name, item, text));
    return type === 'application/json' ? this.check(name, content.schema, body) : [];
  }

  private isCatchAll(route: string): boolean {
    return route.endsWith('/*path') || Object.keys(this.document.paths).every((path) => path.startsWith(`${route}/`));
  }

  check(name: string, schema: object, text: string): string[] {
    const validate = this.validatorOf(schema);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return text.length >= MAX_BODY_BYTES ? [] : [`${name}: "${text.slice(0, 100)}" is no JSON`];
    }
    return validate(value) ? [] : [`${name}: ${this.ajv.errorsText(validate.errors)} in ${text.slice(0, 2000)}`];
  }

  private validatorOf(schema: object): ValidateFunction {
    const key = JSON.stringify(schema).replaceAll('"#/', '"document#/');
    const validate = this.validators.get(key) ?? this.ajv.compile(JSON.parse(key) as object);
    this.validators.set(key, validate);
    return validate;
  }
}

/** Lines of JSON, or what the events of a stream carry; the last of a long body may be cut off. */
function itemsOf(type: string, body: string): string[] {
  const whole = body.slice(0, body.lastIndexOf('\n') + 1);
  const lines = whole.split('\n').filter((line) => line !== '');
  return type === 'text/event-stream' ? lines.filter((line) => line.startsWith('data: ')).map((line) => line.slice(6)) : lines;
}

/** Keeps what is written to the response. */
function recorded(response: Response): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  const keep = (chunk: unknown): void => {
    if (size >= MAX_BODY_BYTES || (typeof chunk !== 'string' && !(chunk instanceof Uint8Array))) return;
    const bytes = Buffer.from(chunk as string);
    chunks.push(bytes);
    size += bytes.length;
  };
  const write = response.write.bind(response) as (...values: unknown[]) => boolean;
  const end = response.end.bind(response) as (...values: unknown[]) => Response;
  response.write = ((...values: unknown[]) => {
    keep(values[0]);
    return write(...values);
  }) as Response['write'];
  response.end = ((...values: unknown[]) => {
    keep(values[0]);
    return end(...values);
  }) as Response['end'];
  return () => Buffer.concat(chunks).toString();
}
