import { type INestApplication, Inject, Injectable, type Type } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import type * as Swagger from '@nestjs/swagger';
import { type ContentDocument, Documented, type ParameterDocument, type RouteDocument } from './documented.js';
import { ERRORS } from './examples.js';
import { ref } from './schema.js';
import { SCHEMAS } from './schemas.js';

const FORM = 'application/x-www-form-urlencoded';
/** Routes are classes of this module: what is said of them once holds for every mount. */
const described = new WeakSet<object>();

/** The OpenAPI document of the routes of one mount, made when it is first asked for. */
@Injectable()
export class ApiDocument {
  private made: Promise<Swagger.OpenAPIObject> | null = null;

  constructor(
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
    @Inject(ApplicationConfig) private readonly config: ApplicationConfig,
    @Inject(HttpAdapterHost) private readonly adapter: HttpAdapterHost,
  ) {}

  read(): Promise<Swagger.OpenAPIObject> {
    this.made ??= this.make();
    return this.made;
  }

  private async make(): Promise<Swagger.OpenAPIObject> {
    const swagger = await import('@nestjs/swagger');
    const own = [...this.modules].filter(([, module]) => [...module.providers.values()].some(({ instance }) => instance === this));
    for (const [, module] of own) for (const { metatype } of module.controllers.values()) describeRoutes(swagger, metatype as Type);
    const container = { getModules: () => new Map(own) };
    // What of an application the scanner looks at; the module that is mounted does not have it, and the host's routes are not ours to show.
    const application = { container, config: this.config, getHttpAdapter: () => this.adapter.httpAdapter } as unknown as INestApplication;
    const description = new swagger.DocumentBuilder()
      .setOpenAPIVersion('3.1.0')
      .setTitle('Guides bulk asset processing')
      .setDescription('Processes the assets of a content repository in bulk. Times are epoch milliseconds; errors have one shape.')
      .setVersion('1')
      .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
      // The paths are whole; a host behind a proxy that adds to them says so itself.
      .addServer('/')
      .addTag('jobs', 'Start, watch and control processing')
      .addTag('assets', 'What processing found out')
      .addTag('system', 'The service itself')
      .addBasicAuth({ type: 'http', scheme: 'basic' }, 'basic')
      .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, 'bearer')
      .addSecurityRequirements('basic')
      .addSecurityRequirements('bearer')
      .build();
    const document = swagger.SwaggerModule.createDocument(application, description, {
      operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}.${method}`,
      autoTagControllers: false,
    });
    document.components = { ...document.components, schemas: SCHEMAS as NonNullable<NonNullable<Swagger.OpenAPIObject['components']>['schemas']> };
    return document;
  }
}

/** Says what the routes of a controller take and answer, in Swagger's own terms. */
function describeRoutes(swagger: typeof Swagger, controller: Type): void {
  for (let prototype = controller.prototype as object; prototype !== Object.prototype; prototype = Object.getPrototypeOf(prototype) as object) {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      const handler: unknown = property.value;
      if (typeof handler !== 'function' || described.has(handler)) continue;
      described.add(handler);
      const route = Reflect.getMetadata(Documented.KEY, handler) as RouteDocument | undefined;
      // What refuses every other path is no route.
      const decorators = route ? decoratorsOf(swagger, route) : [swagger.ApiExcludeEndpoint()];
      for (const decorate of decorators) decorate(prototype, name, property);
    }
  }
}

function decoratorsOf(swagger: typeof Swagger, route: RouteDocument): MethodDecorator[] {
  const { ApiBody, ApiConsumes, ApiOperation, ApiParam, ApiQuery, ApiResponse, ApiTags } = swagger;
  const { tag, summary, description, isPublic = false, query = {}, params = {}, body, answer } = route;
  const decorators: MethodDecorator[] = [
    ApiTags(tag),
    ApiOperation({ summary, ...(description === undefined ? {} : { description }), ...(isPublic ? { security: [] } : {}) }),
    ApiResponse({ status: 200, description: 'Done.', content: contentOf(answer) }),
    ...Object.entries(query).map(([name, { required = false, ...parameter }]) => ApiQuery({ name, required, ...shown(parameter) })),
    ...Object.entries(params).map(([name, parameter]) => ApiParam({ name, ...shown(parameter) })),
  ];
  if (body) decorators.push(ApiConsumes('application/json', FORM), ApiBody({ schema: body.schema, required: body.required, examples: { request: { value: body.example } } } as Parameters<typeof ApiBody>[0]));
  for (const status of isPublic ? [500] : [400, 401, 403, ...(body ? [413] : []), 429, 500]) {
    const { description: when = '', example = {} } = ERRORS[status] ?? {};
    decorators.push(ApiResponse({ status, description: when, content: { 'application/json': { schema: ref('Error'), example } } } as Parameters<typeof ApiResponse>[0]));
  }
  return decorators;
}

/** The example goes into the schema: beside it, the page would fill it in, and `tail` and `offset` exclude each other. */
function shown({ description, schema, example }: ParameterDocument): object {
  return { description, schema: { ...schema, examples: [example] } };
}

/** A stream has the schema of its lines or events beside its own, which the standard has no word for before 3.2. */
function contentOf(answer: Record<string, ContentDocument>): Record<string, object> {
  return Object.fromEntries(Object.entries(answer).map(([type, { item, ...content }]) => [type, { ...content, ...(item ? { 'x-item-schema': item } : {}) }]));
}
