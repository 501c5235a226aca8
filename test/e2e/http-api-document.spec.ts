import type { NestExpressApplication } from '@nestjs/platform-express';
import { Reflector } from '@nestjs/core';
import { TooManyFailedLoginsError } from '../../src/modules/auth/auth-errors.js';
import { HTTP_CONTROLLERS } from '../../src/modules/http/controllers.js';
import { internalAnswer } from '../../src/modules/http/error-answer.js';
import { archiveNames } from '../../src/modules/http/log-archive.js';
import { Documented } from '../../src/modules/http/openapi/documented.js';
import { UnknownRouteController } from '../../src/modules/http/unknown-route.controller.js';
import { AnswerChecker, type Document } from '../support/documented-answers.js';
import { BASE, call, serveHttp, USERS } from '../support/http-service.js';
import { ProcessingFake } from '../support/processing-fake.js';

interface Field {
  description?: string;
  $ref?: string;
  properties?: Record<string, Field>;
  items?: Field;
  oneOf?: Field[];
  additionalProperties?: Field | boolean;
}
interface Media {
  schema: object;
  example?: unknown;
  'x-item-schema'?: object;
  examples?: Record<string, { value: unknown }>;
}
interface FullOperation {
  operationId: string;
  summary: string;
  tags: string[];
  security?: unknown[];
  parameters?: { name: string; in: string; required: boolean; schema: object & { examples?: unknown[] }; description?: string }[];
  requestBody?: { required: boolean; content: Record<string, Media> };
  responses: Record<string, { description: string; content?: Record<string, Media> }>;
}
type FullDocument = Document & { openapi: string; paths: Record<string, Record<string, FullOperation>>; security: unknown[]; components: { securitySchemes: object } };

/** Every route of http-api.md. */
const ROUTES = [
  'POST /assets/process',
  'POST /assets/process/cancel',
  'POST /assets/process/resume',
  'POST /assets/process/restart',
  'GET /assets/process/status',
  'GET /assets/process/history',
  'GET /assets/process/logs',
  'GET /assets/process/logs/download',
  'GET /assets/process/events',
  'POST /assets/status',
  'GET /assets/status',
  'GET /assets/report',
  'GET /assets/references',
  'GET /assets/brokenlinks',
  'GET /assets/keyspaces',
  'GET /system/status',
  'GET /metrics',
  'GET /health/live',
  'GET /health/ready',
  'GET /openapi.json',
  'GET /docs',
  'GET /docs/{file}',
];

describe('the OpenAPI document', () => {
  let app: NestExpressApplication;
  let document: FullDocument;

  beforeAll(async () => {
    app = await serveHttp(new ProcessingFake(), { isDatabase: false, ping: () => Promise.resolve() });
    document = (await call(app, 'get', '/openapi.json', USERS.viewer)).body as FullDocument;
  });
  afterAll(() => app.close());

  const operations = (): [string, FullOperation][] =>
    Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]): [string, FullOperation] => [`${method.toUpperCase()} ${path}`, operation]));

  it('has every route of the contract, and no other', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(operations().map(([name]) => name.replace(BASE, '')).sort()).toEqual([...ROUTES].sort());
    expect(new Set(operations().map(([, { operationId }]) => operationId)).size).toBe(ROUTES.length);
  });

  it('says of each route what it is for, takes and answers, with an example that is right', () => {
    const checker = new AnswerChecker(document);
    const problems: string[] = [];
    for (const [name, { summary, tags, responses, requestBody, parameters = [] }] of operations()) {
      expect([name, summary, tags.length]).toEqual([name, expect.stringMatching(/^[A-Z]/), 1]);
      for (const parameter of parameters) expect([name, parameter]).toEqual([name, expect.objectContaining({ name: expect.any(String), schema: expect.any(Object) })]);
      for (const [status, { description, content = {} }] of Object.entries(responses)) {
        expect([name, status, description]).toEqual([name, status, expect.stringMatching(/^[A-Z`].*\.$/)]);
        expect(Object.keys(content)).not.toEqual([]);
        for (const [type, { example }] of Object.entries(content)) {
          const body = typeof example === 'string' ? example : JSON.stringify(example);
          const [method = '', route = ''] = name.split(' ');
          problems.push(...checker.problemsOf({ method, route: route.replace(/\{(\w+)\}/g, ':$1'), status: Number(status), contentType: type, body }));
        }
      }
      if (!requestBody) continue;
      expect(Object.keys(requestBody.content)).toEqual(['application/json', 'application/x-www-form-urlencoded']);
      const { schema, examples } = requestBody.content['application/json'] ?? { schema: {} };
      problems.push(...checker.check(`${name} request`, schema, JSON.stringify(examples?.request?.value)));
    }
    expect(problems).toEqual([]);
  });

  it('says what each parameter and each field means, and shows a value of it', () => {
    const checker = new AnswerChecker(document);
    const unexplained: string[] = [];
    for (const [name, { parameters = [] }] of operations()) {
      for (const { name: parameter, description, schema } of parameters) {
        if (!description || schema.examples?.length !== 1) unexplained.push(`${name} ?${parameter}`);
        else unexplained.push(...checker.check(`${name} ?${parameter}`, schema, JSON.stringify(schema.examples[0])));
      }
    }
    for (const [name, schema] of Object.entries(document.components.schemas)) unexplained.push(...unexplainedFields(schema, name));
    expect(unexplained).toEqual([]);
  });

  it('shows errors in the words in which they are answered', async () => {
    const processingId = '00000000-0000-4000-8000-000000000000';
    const shown = Object.fromEntries(Object.entries(document.paths[`${BASE}/assets/process`]?.post?.responses ?? {}).map(([status, { content }]) => [status, (content?.['application/json']?.example as { message?: string }).message]));
    const unknown = (await call(app, 'get', `/assets/process/status?processingId=${processingId}`, USERS.viewer)).body as { message: string };
    const example = processingIdOf(shown[400]);
    expect(shown[400]?.replace(example, processingId)).toBe(unknown.message);
    const start = (user?: string) => call(app, 'post', '/assets/process', user);
    expect(shown[401]).toBe(((await start()).body as { message: string }).message);
    const forbidden = (await start(USERS.elsewhere).send({ path: '/content/dam/guide', type: 'ASSET_PROCESSING' })).body as { message: string };
    expect(shown[403]?.replace('alice', USERS.elsewhere)).toBe(forbidden.message);
    const tooLarge = (await start(USERS.operator).send({ path: 'x'.repeat(2_000_000) })).body as { message: string };
    expect(shown[413]).toBe(tooLarge.message);
    expect(shown[429]).toBe(new TooManyFailedLoginsError(60).message);
    expect(shown[500]).toBe(internalAnswer('').body.message);
    const download = document.paths[`${BASE}/assets/process/logs/download`]?.get?.responses[200]?.content?.['application/json']?.example;
    expect(download).toEqual({ logFilePaths: archiveNames(example) });
  });

  it('asks for a login everywhere but for health', () => {
    expect(document.security).toEqual([{ basic: [] }, { bearer: [] }]);
    for (const [name, { security, responses }] of operations()) {
      const isPublic = name.includes('/health/');
      expect([name, security]).toEqual([name, isPublic ? [] : undefined]);
      expect(Object.keys(responses)).toEqual(isPublic ? ['200', '500'] : expect.arrayContaining(['200', '400', '401', '403', '429', '500']));
    }
  });

  it('is written for every method of every controller', () => {
    const reflector = new Reflector();
    for (const controller of HTTP_CONTROLLERS.filter((one) => one !== UnknownRouteController)) {
      for (const name of Object.getOwnPropertyNames(controller.prototype)) {
        const method = (controller.prototype as Record<string, unknown>)[name];
        if (name === 'constructor' || typeof method !== 'function' || !Reflect.hasMetadata('path', method)) continue;
        expect([controller.name, name, reflector.get(Documented, method) as unknown]).toEqual([controller.name, name, expect.any(Object)]);
      }
    }
  });

  it('refuses what it does not know: the checker of the tests sees a route, a status, a type and a field too many', () => {
    const checker = new AnswerChecker(document);
    const answer = { method: 'GET', route: `${BASE}/system/status`, status: 200, contentType: 'application/json; charset=utf-8', body: '{"isDatabase":true,"databaseConnectionCheck":"passed"}' };
    expect(checker.problemsOf(answer)).toEqual([]);
    expect(checker.problemsOf({ ...answer, route: `${BASE}/system/secret` })).toEqual([expect.stringContaining('route is not documented')]);
    expect(checker.problemsOf({ ...answer, status: 418 })).toEqual([expect.stringContaining('status is not documented')]);
    expect(checker.problemsOf({ ...answer, contentType: 'text/plain' })).toEqual([expect.stringContaining('type "text/plain"')]);
    expect(checker.problemsOf({ ...answer, body: '{"isDatabase":true,"databaseConnectionCheck":"passed","x":1}' })).toEqual([expect.stringContaining('additional properties')]);
    expect(checker.problemsOf({ ...answer, body: '{"isDatabase":true}' })).toEqual([expect.stringContaining('databaseConnectionCheck')]);
  });

  it('can be read and tried in a browser, from this host alone, behind the login', async () => {
    const page = await call(app, 'get', '/docs', USERS.viewer);
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    // Its relative links must hold below a `/` too.
    expect([page.text.includes('<base'), (await call(app, 'get', '/docs/', USERS.viewer)).text.includes('<base href="../">')]).toEqual([false, true]);
    expect(page.text).not.toMatch(/<script(?![^>]* src=)|<style| style=| on\w+=/);
    expect(page.headers['content-security-policy']).toContain("default-src 'self'");
    expect(page.headers['content-security-policy']).not.toContain('upgrade-insecure-requests');
    const files = [...page.text.matchAll(/(?:src|href)="(docs\/[^"]+)"/g)].map(([, file]) => file ?? '');
    expect(files.length).toBe(4);
    for (const file of files) {
      const answer = await call(app, 'get', `/${file}`, USERS.viewer);
      expect([file, answer.status, answer.headers['cache-control'], answer.headers.etag]).toEqual([file, 200, 'no-store', undefined]);
      expect((await call(app, 'get', `/${file}`)).status).toBe(401);
    }
    for (const path of ['/docs', '/openapi.json']) expect((await call(app, 'get', path)).status).toBe(401);
    for (const path of ['/docs/package.json', '/docs/..%2fpackage.json', '/docs/%00']) expect((await call(app, 'get', path, USERS.viewer)).status).toBe(400);
  });
});

/** Fields without a word on what they are, by their dotted names. */
function unexplainedFields({ properties = {}, items, oneOf = [], additionalProperties }: Field, name: string): string[] {
  const inner = [items, ...oneOf, typeof additionalProperties === 'object' ? additionalProperties : undefined].filter((schema) => schema !== undefined);
  const fields = Object.entries(properties).flatMap(([field, schema]) => [
    ...(schema.description || schema.$ref ? [] : [`${name}.${field}`]),
    ...unexplainedFields(schema, `${name}.${field}`),
  ]);
  return [...fields, ...inner.flatMap((schema) => unexplainedFields(schema, name))];
}

function processingIdOf(message = ''): string {
  return /[0-9a-f-]{36}/.exec(message)?.[0] ?? '';
}
